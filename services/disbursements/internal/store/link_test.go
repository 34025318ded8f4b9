package store_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

const (
	// households are paid in one round, every other of them 60.00, the rest 100.00.
	households = 24
	// fewest is how many payments must be possible for each line of the bank.
	fewest = 10
)

// known is what the bank has of one transfer: its line in the file, and in the statement
// the same place.
type known struct {
	endToEndID string
	minor      int64
	// payment is the truth, which the bank does not know.
	payment string
}

// paidOut plays a round until the bank has paid everybody, and returns the bank's record
// in its order, and the names of its files.
func paidOut(t *testing.T, bare bool) (d *desk, record []known, files []string) {
	t.Helper()
	ctx := context.Background()
	d = newDesk(t)
	if bare {
		d.store = d.store.Bare()
	}
	var list []store.Allocation
	for n := 1; n <= households; n++ {
		list = append(list, allocation(n, int64(6_000+4_000*(n%2))))
	}
	planID := d.planned(d.committed(list...))
	d.acts(planID, plan.Lock, plan.Submit, plan.Approve, plan.Authorize)
	d.looked(planID)
	d.done("release", d.store.Do(ctx, store.Act{
		PlanID: planID, Person: hat(plan.Release), Kind: plan.Release, Digest: d.plan(planID).Digest, FileSize: households,
		Leaf: store.Leaf{Sequence: 7},
	}))
	for _, y := range d.payments(planID) {
		d.sent(y)
	}
	for _, f := range d.files(planID) {
		content, err := d.store.CompleteFile(ctx, f.ID)
		d.done("complete file", err)
		files = append(files, content.MessageID)
		for _, l := range content.Lines {
			record = append(record, known{endToEndID: l.EndToEndID, minor: l.Minor, payment: l.PaymentID})
		}
		d.done("seal file", d.store.SealFile(ctx, payment.SealedFile{
			ID: f.ID, Sealed: []byte("sealed"), SHA256: slices.Repeat([]byte{7}, 32), Lines: len(content.Lines),
		}))
	}
	var lines []statement.Line
	for _, k := range record {
		lines = append(lines, statement.Line{Minor: k.minor, EndToEndID: k.endToEndID, Ref: "REF-" + k.endToEndID})
	}
	d.done("take in", d.take((&bank{}).says(lines...)))
	return d, record, files
}

// dumped are the rows of each table as text, in the order of the disk.
func (d *desk) dumped() map[string][]string {
	d.t.Helper()
	ctx := context.Background()
	tables, err := postgres.Many(ctx, d.db.Pool, "tables", pgx.RowTo[string], `
		SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')`)
	d.done("list tables", err)
	out := map[string][]string{}
	for _, table := range tables {
		out[table], err = postgres.Many(ctx, d.db.Pool, table, pgx.RowTo[string], `SELECT to_jsonb(t)::text FROM `+pgx.Identifier{table}.Sanitize()+` t ORDER BY ctid`)
		d.done("dump", err)
	}
	return out
}

// named is the payment that a row names, empty where it names none or several.
func named(row string, payments []string) (found string) {
	for _, y := range payments {
		if strings.Contains(row, y) {
			if found != "" {
				return ""
			}
			found = y
		}
	}
	return found
}

// linked are the payments that an attacker takes for certain: by an id of the bank's in a
// row that names a payment, and by an order that the bank's record has as well.
func linked(dump map[string][]string, record []known) (certain []string) {
	var payments []string
	for _, k := range record {
		payments = append(payments, k.payment)
	}
	slices.Sort(payments)
	for _, table := range slices.Sorted(maps.Keys(dump)) {
		var order []string
		for _, row := range dump[table] {
			y := named(row, payments)
			if y == "" {
				continue
			}
			if !slices.Contains(order, y) {
				order = append(order, y)
			}
			for _, k := range record {
				if strings.Contains(row, k.endToEndID) || strings.Contains(row, hex.EncodeToString([]byte(k.endToEndID))) {
					certain = append(certain, "id "+y+" in "+table)
				}
			}
		}
		if n := alongside(order, record); n > households/2 {
			certain = append(certain, fmt.Sprintf("order of %s: %d of %d", table, n, households))
		}
	}
	if n := alongside(payments, record); n > households/2 {
		certain = append(certain, "order of the payments' ids")
	}
	return certain
}

// alongside is how many payments follow each other as they do in the bank's record.
func alongside(order []string, record []known) (n int) {
	next := map[string]string{}
	for i := 1; i < len(record); i++ {
		next[record[i-1].payment] = record[i].payment
	}
	for i := 1; i < len(order); i++ {
		if next[order[i-1]] == order[i] {
			n++
		}
	}
	return n
}

// possible are the payments that a line may be about by its amount and its day.
func possible(dump map[string][]string, k known) (found int) {
	for _, row := range dump["payments"] {
		if strings.Contains(row, fmt.Sprintf(`"minor_units": %d`, k.minor)) && strings.Contains(row, `"settled_on": "2026-11-24"`) {
			found++
		}
	}
	return found
}

// hoursOf are the times of day in rows about what has ended.
func hoursOf(dump map[string][]string) (found []string) {
	for _, table := range []string{"payments", "attempts", "payment_files", "file_lines", "statements", "statement_lines", "plan_acts", "payment_plans", "awards", "file_downloads", "allocation_rounds"} {
		for _, row := range dump[table] {
			for _, part := range strings.Split(row, `"`) {
				if at, err := time.Parse(time.RFC3339, part); err == nil && !at.Equal(at.Truncate(24*time.Hour)) {
					found = append(found, table+" "+part)
				}
			}
		}
	}
	return found
}

// TestADumpOfDisbursementsNamesNobodysAccount puts a dump beside the bank's record: no
// id, no order and no hour joins a payment with a line, and its amount leaves ten.
func TestADumpOfDisbursementsNamesNobodysAccount(t *testing.T) {
	t.Parallel()
	d, record, files := paidOut(t, false)
	dump := d.dumped()
	if certain := linked(dump, record); len(certain) > 0 {
		t.Errorf("certain pairs:\n%s", strings.Join(certain, "\n"))
	}
	for _, k := range record {
		if n := possible(dump, k); n < fewest {
			t.Errorf("a line of %d may be about %d payments", k.minor, n)
		}
	}
	for _, name := range files {
		for table, rows := range dump {
			if text := strings.Join(rows, "\n"); strings.Contains(text, name) || strings.Contains(text, "REF-") || strings.Contains(text, strings.Repeat("07", 32)) {
				t.Errorf("%s names a file or a line as the bank does", table)
			}
		}
	}
	if hours := hoursOf(dump); len(hours) > 0 {
		t.Errorf("times of day of what has ended: %v", hours)
	}
	if states := read[int](d, `SELECT count(*) FROM payments WHERE state = 'SETTLED'`); states != households {
		t.Errorf("%d of %d are settled: the test would see nothing", states, households)
	}
}

// TestWithoutItsVeilADumpOfDisbursementsNamesEverybodysAccount is the same attacker
// before tables that keep what the bank says.
func TestWithoutItsVeilADumpOfDisbursementsNamesEverybodysAccount(t *testing.T) {
	t.Parallel()
	d, record, _ := paidOut(t, true)
	certain := strings.Join(linked(d.dumped(), record), "\n")
	for _, k := range record {
		if !strings.Contains(certain, "id "+k.payment+" in attempts") {
			t.Errorf("%s is not found by its id: the test above sees nothing", k.payment)
		}
	}
	if !strings.Contains(certain, "order of statement_lines") {
		t.Errorf("nothing is found by its order:\n%s", certain)
	}
}

// TestAPaymentOfAnAmountOfItsOwnIsFound says what remains: nothing hides an amount that
// only one family gets.
func TestAPaymentOfAnAmountOfItsOwnIsFound(t *testing.T) {
	t.Parallel()
	d, record, _ := paidOut(t, false)
	d.exec(`UPDATE payments SET minor_units = 7777 WHERE id = $1`, record[0].payment)
	record[0].minor = 7777
	if n := possible(d.dumped(), record[0]); n != 1 {
		t.Errorf("%d payments", n)
	}
}

// bankIDs are the ids that the bank has, made again of a dump by whoever has a secret.
func (d *desk) bankIDs(secret string, record []known) map[string]string {
	d.t.Helper()
	thief := store.New(d.db, dutytest.Queue(d.t), rowmac.New([]byte(secret), slog.New(slog.DiscardHandler)), func() time.Time { return d.clock })
	made := map[string]string{}
	for _, k := range record {
		attempts, err := thief.Attempts(context.Background(), k.payment, page.Page{Size: 10})
		d.done("read attempts", err)
		for _, a := range attempts {
			made[a.EndToEndID] = k.payment
		}
	}
	return made
}

// TestWithTheServicesSecretEachLineOfTheBankIsFound says what the secret is worth beside a
// dump: every payment; and that without it, or with another, none is found.
func TestWithTheServicesSecretEachLineOfTheBankIsFound(t *testing.T) {
	t.Parallel()
	d, record, _ := paidOut(t, false)
	with, without := d.bankIDs("secret of the rows", record), d.bankIDs("another secret", record)
	for _, k := range record {
		if with[k.endToEndID] != k.payment {
			t.Errorf("%s is not found with the secret: the row of SECURITY.md says so", k.payment)
		}
		if found, ok := without[k.endToEndID]; ok {
			t.Errorf("%s is found without the secret", found)
		}
	}
}
