package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// bank writes the statements of one account, one after the other.
type bank struct {
	n       int
	closing int64
}

// says makes the next statement of the given lines.
func (b *bank) says(lines ...statement.Line) statement.Statement {
	b.n++
	s := statement.Statement{
		Sender: "main", BankID: fmt.Sprintf("S%d", b.n), Currency: "EUR", Opening: b.closing, Sequence: int64(b.n), ClosedOn: "2026-11-24", At: 1,
	}
	for _, l := range lines {
		if l.BookedOn == "" {
			l.BookedOn = "2026-11-24"
		}
		if l.BatchID == "" {
			l.BatchCount = -1
		}
		if l.Credit {
			b.closing += l.Minor
		} else {
			b.closing -= l.Minor
		}
		s.Lines = append(s.Lines, l)
	}
	s.Closing = b.closing
	return s
}

// take takes one statement in and returns what is kept of it.
func (d *desk) take(s statement.Statement) error {
	sum := sha256.Sum256([]byte(s.BankID))
	_, err := d.store.ImportStatements(context.Background(), "staff/s_importer", sum[:], []statement.Statement{s})
	return err
}

// attempt reads a payment's last attempt.
func (d *desk) attempt(paymentID string) payment.Attempt {
	d.t.Helper()
	list, err := d.store.Attempts(context.Background(), paymentID, page.Page{Size: 10})
	if err != nil || len(list) == 0 {
		d.t.Fatalf("attempts of %s: %v, %v", paymentID, list, err)
	}
	return list[len(list)-1]
}

// paid is the line of an attempt's debit, back that of its return.
func paid(a payment.Attempt) statement.Line {
	return statement.Line{Minor: a.Minor, EndToEndID: a.EndToEndID}
}

func back(a payment.Attempt) statement.Line {
	return statement.Line{Credit: true, Minor: a.Minor, EndToEndID: a.EndToEndID, IsReturn: true, ReturnReason: "AC04"}
}

// settle takes in a first statement that settles one payment.
func settle(_ context.Context, d *desk, paymentID string) error {
	return d.take((&bank{}).says(paid(d.attempt(paymentID))))
}

// effects lists what the lines of all statements meant, in order.
func (d *desk) effects() []string {
	d.t.Helper()
	list, err := postgres.Many(context.Background(), d.db.Pool, "effects", pgx.RowTo[string], `
		SELECT l.effect || COALESCE(' ' || u.reason, '') FROM statement_lines l
		JOIN statements s ON s.id = l.statement_id
		LEFT JOIN unmatched_lines u ON u.statement_id = l.statement_id AND u.number = l.number
		ORDER BY s.sequence, l.number`)
	d.done("read effects", err)
	return list
}

// inNoOrder compares effects of one statement, whose lines stand in no order of theirs.
var inNoOrder = cmpopts.SortSlices(func(a, b string) bool { return a < b })

// owed lists what the ledger is told about a payment's attempts, in order.
func (d *desk) owed(paymentID string) []string {
	d.t.Helper()
	list, err := postgres.Many(context.Background(), d.db.Pool, "postings", pgx.RowTo[string], `
		SELECT transition || ' ' || minor_units FROM attempt_postings WHERE payment_id = $1 ORDER BY number, created_at, transition DESC`, paymentID)
	d.done("read postings", err)
	return list
}

// TestLinesCountOnceInWhateverOrderTheyCome takes each history in line by line, a
// statement each, and once more in one statement.
func TestLinesCountOnceInWhateverOrderTheyCome(t *testing.T) {
	t.Parallel()
	const debit, returned, less, cent, far = "debit", "return", "return less charges", "a cent", "far less"
	for name, test := range map[string]struct {
		lines   []string
		effects []string
		state   payment.State
		award   round.AwardState
		owed    []string
	}{
		"settled": {[]string{debit}, []string{"SETTLES"}, payment.Settled, round.Paid, []string{"SETTLE 10000"}},
		"settled twice": {[]string{debit, debit}, []string{"SETTLES", "UNMATCHED OUT_OF_ORDER"},
			payment.Settled, round.Paid, []string{"SETTLE 10000"}},
		"settled and returned": {[]string{debit, returned}, []string{"SETTLES", "RETURNS"},
			payment.Returned, round.Available, []string{"SETTLE 10000", "RETURN 10000"}},
		"returned before it was debited": {[]string{returned, debit}, []string{"RETURNS", "REPEATS"},
			payment.Returned, round.Available, []string{"SETTLE 10000", "RETURN 10000"}},
		"returned, debited twice": {[]string{returned, debit, debit}, []string{"RETURNS", "REPEATS", "UNMATCHED OUT_OF_ORDER"},
			payment.Returned, round.Available, []string{"SETTLE 10000", "RETURN 10000"}},
		"returned twice": {[]string{debit, returned, returned}, []string{"SETTLES", "RETURNS", "UNMATCHED OUT_OF_ORDER"},
			payment.Returned, round.Available, []string{"SETTLE 10000", "RETURN 10000"}},
		"returned with charges": {[]string{debit, less}, []string{"SETTLES", "RETURNS"},
			payment.Returned, round.Available, []string{"SETTLE 10000", "RETURN 9900"}},
		"a cent from a stranger": {[]string{cent, debit, cent}, []string{"UNMATCHED NOT_A_RETURN", "SETTLES", "UNMATCHED NOT_A_RETURN"},
			payment.Settled, round.Paid, []string{"SETTLE 10000"}},
		"a return of far less": {[]string{debit, far}, []string{"SETTLES", "UNMATCHED LACKS_TOO_MUCH"},
			payment.Settled, round.Paid, []string{"SETTLE 10000"}},
	} {
		for _, together := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, one statement: %t", name, together), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				_, payments := d.released(1)
				a := d.sent(payments[0])
				line := map[string]statement.Line{debit: paid(a), returned: back(a), less: back(a), cent: back(a), far: back(a)}
				change := func(key string, minor int64, isReturn bool) {
					l := line[key]
					l.Minor, l.IsReturn = minor, isReturn
					line[key] = l
				}
				change(less, 9_900, true)
				change(cent, 1, false)
				change(far, 8_999, true)
				b, all := &bank{}, []statement.Line{}
				for _, l := range test.lines {
					all = append(all, line[l])
					if !together {
						d.done("take in", d.take(b.says(line[l])))
					}
				}
				if together {
					d.done("take in", d.take(b.says(all...)))
				}
				y, awards := d.payment(payments[0]), d.awards(d.plan(d.payment(payments[0]).PlanID).RoundID)
				if y.State != test.state || awards[0].State != test.award {
					t.Errorf("payment %s, award %s", y.State, awards[0].State)
				}
				order := cmp.Options{}
				if together {
					order = append(order, inNoOrder)
				}
				if diff := cmp.Diff(test.effects, d.effects(), order); diff != "" {
					t.Errorf("effects (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.owed, d.owed(payments[0])); diff != "" {
					t.Errorf("owed (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestWhatFailedOrIsUnknownMeetsItsLine takes in the debit of attempts in each
// state.
func TestWhatFailedOrIsUnknownMeetsItsLine(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(3)
	unknown := d.claim(payments[0]).Attempt
	d.done("note unknown", d.store.NoteUnknown(ctx, unknown))
	claimed, failed := d.claim(payments[1]).Attempt, d.failed(payments[2])
	d.done("take in", d.take((&bank{}).says(paid(unknown), paid(claimed), paid(failed), back(failed))))
	for i, want := range []payment.State{payment.Settled, payment.Settled, payment.Failed} {
		if y := d.payment(payments[i]); y.State != want {
			t.Errorf("payment %d is %s, want %s", i, y.State, want)
		}
	}
	want := []string{"SETTLES", "SETTLES", "UNMATCHED AFTER_FAILED", "UNMATCHED OUT_OF_ORDER"}
	if diff := cmp.Diff(want, d.effects(), inNoOrder); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	// What comes late, from a worker that was slow, changes nothing any more.
	d.done("note sent", d.store.NoteSent(ctx, unknown))
	d.done("note failed", d.store.NoteFailed(ctx, claimed, "RAIL_REFUSED", true))
	for _, id := range payments[:2] {
		if y := d.payment(id); y.State != payment.Settled || y.Failure != "" {
			t.Errorf("payment after a late answer: %+v", y)
		}
	}
}

func TestAConfirmedPaymentDoesNotComeBackByALine(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	a, b := d.sent(payments[0]), &bank{}
	d.done("settle", d.take(b.says(paid(a))))
	if _, err := d.store.NoteAnswer(ctx, payments[0], payment.Received); err != nil {
		t.Fatal(err)
	}
	d.done("take in", d.take(b.says(back(a))))
	if y := d.payment(payments[0]); y.State != payment.Confirmed {
		t.Errorf("payment is %s", y.State)
	}
	if diff := cmp.Diff([]string{"SETTLES", "UNMATCHED AFTER_CONFIRMED"}, d.effects()); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

// TestALineCountsForItsOwnAccountOnly names an attempt in another sender's
// statement, and in other money.
func TestALineCountsForItsOwnAccountOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, payments := d.released(1)
	a := d.sent(payments[0])
	other := (&bank{}).says(paid(a))
	other.Sender = "second"
	d.done("another account", d.take(other))
	foreign := (&bank{}).says(paid(a))
	foreign.BankID, foreign.Currency = "F1", "PLN"
	d.done("other money", d.take(foreign))
	if y := d.payment(payments[0]); y.State != payment.Sent {
		t.Errorf("payment is %s", y.State)
	}
	lines, err := d.store.UnmatchedLines(context.Background(), page.Page{Size: 10})
	if err != nil || len(lines) != 2 {
		t.Fatalf("unmatched: %v, %v", lines, err)
	}
	reasons := map[string]string{}
	for _, l := range lines {
		reasons[l.Sender] = l.Reason
	}
	if reasons["second"] != "UNKNOWN_ID" || reasons["main"] != "OTHER_AMOUNT" {
		t.Errorf("reasons: %v", reasons)
	}
}

func TestALineInSuspenseIsOwedUntilItIsNoted(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.done("take in", d.take((&bank{}).says(statement.Line{Credit: true, Minor: 5, Code: "PMNT/RCDT/ESCT"})))
	owed, err := d.store.OwedSuspense(ctx, d.clock.Add(time.Second), "", 10)
	if err != nil || len(owed) != 1 {
		t.Fatalf("owed: %v, %v", owed, err)
	}
	u, err := d.store.UnmatchedLine(ctx, owed[0])
	if err != nil || u.Posted || u.Minor != 5 || !u.Credit || u.BookedOn != "2026-11-24" || u.BankCode != "PMNT/RCDT/ESCT" || u.Sender != "main" {
		t.Errorf("line: %+v, %v", u, err)
	}
	for range 2 {
		d.done("note", d.store.NoteSuspense(ctx, owed[0]))
		d.clock = d.clock.Add(24 * time.Hour)
	}
	if on := read[string](d, `SELECT posted_at::text FROM unmatched_lines`); on != "2026-11-24" {
		t.Errorf("noted again on %s", on)
	}
	if owed, err := d.store.OwedSuspense(ctx, d.clock, "", 10); err != nil || len(owed) != 0 {
		t.Errorf("still owed: %v, %v", owed, err)
	}
}
