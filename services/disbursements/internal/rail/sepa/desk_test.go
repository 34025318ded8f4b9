package sepa_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// senderIBAN is the account that the desk pays from.
const senderIBAN = "LT121000011101001000"

const planID = "p_00000000000000000000000001"

// laxRows takes every row as it is: the desk's are written by hand.
type laxRows struct{ *rowmac.Key }

// Check finds nothing wrong.
func (laxRows) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// desk is a rail over a database with a released plan.
type desk struct {
	t     *testing.T
	db    *postgres.DB
	store *store.Store
	keys  *seal.Keyring
	files int
	made  int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: postgrestest.New(t, store.Migrations()), keys: sealtest.New(t)}
	rows := laxRows{rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler))}
	d.store = store.New(d.db, dutytest.Queue(t), rows, time.Now)
	d.exec(`INSERT INTO rails (id, version, mac) VALUES ('sepa', 1, sha256('x'))`)
	d.exec(`INSERT INTO senders (rail, id, version, mac) VALUES ('sepa', 'main', 1, sha256('x'))`)
	d.exec(`INSERT INTO allocation_rounds (id, state, currency, step, opened_by, created_at)
		VALUES ('r_00000000000000000000000001', 'OPEN', 'EUR', 1000, 'staff/s_1', now())`)
	d.exec(`INSERT INTO payment_plans (id, state, round_id, rail, sender, currency, digest, created_at)
		VALUES ($1, 'ACCEPTED', 'r_00000000000000000000000001', 'sepa', 'main', 'EUR', sha256('x'), now())`, planID)
	return d
}

// exec runs SQL.
func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.db.Pool.Exec(context.Background(), sql, args...); err != nil {
		d.t.Fatalf("prepare: %v", err)
	}
}

// rail is the rail over some lines.
func (d *desk) rail(lines rail.Lines) *sepa.Rail {
	return sepa.New(lines, d.keys, []rail.Sender{{
		ID: "main", Name: "Test Sender", IBAN: senderIBAN, Currency: "EUR", ExposureCap: 10,
	}}, "Transfer", time.Now)
}

// claimed makes n claimed attempts of one file.
func (d *desk) claimed(n int) []payment.Instruction {
	d.t.Helper()
	d.files++
	fileID := fmt.Sprintf("pf_%026d", d.files)
	d.exec(`INSERT INTO payment_files (id, plan_id, state, message_digest, payments, created_at)
		VALUES ($1, $2, 'COLLECTING', sha256(convert_to($1, 'UTF8')), $3, now())`, fileID, planID, n)
	list := make([]payment.Instruction, n)
	for i := range list {
		d.made++
		id := fmt.Sprintf("y_%026d", d.made)
		d.exec(`INSERT INTO payments (id, plan_id, state, family, currency, minor_units, file_id, created_at, submit_at, mac)
			VALUES ($1, $2, 'SUBMITTED', 'families/f_' || $1, 'EUR', $3, $4, now(), now(), sha256('x'))`, id, planID, 10_000+d.made, fileID)
		d.exec(`INSERT INTO attempts (payment_id, number, state, bank_digest, file_id, claimed_at, version, mac)
			VALUES ($1, 1, 'CLAIMED', sha256(convert_to($1, 'UTF8')), $2, now(), 1, sha256('x'))`, id, fileID)
		attempts, err := d.store.Attempts(context.Background(), id, page.Page{Size: 10})
		if err != nil {
			d.t.Fatal(err)
		}
		list[i] = payment.Instruction{Attempt: attempts[0], Sender: "main", Destination: payment.Destination{
			BankAccount: &payment.BankAccount{Holder: "Янка", IBAN: "DE89370400440532013000", Country: "DE", Town: "Leipzig"},
		}}
	}
	return list
}
