// Package filetest is a bench for the suite of package railtest: a rail with files over a
// real database, whose files people fetch and carry outside.
package filetest

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
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// PlanID is the id of the plan whose files the desk has.
const PlanID = "p_00000000000000000000000001"

// Outside is a rail, and what is outside of it.
type Outside struct {
	// Rail and Sender are ids, Currency is the sender's.
	Rail, Sender, Currency string
	// New makes the rail over some lines.
	New func(lines rail.Lines, keys *seal.Keyring) rail.Filer
	// Destination is one that it pays to.
	Destination payment.Destination
	// Read reads the payments of a file that was carried out.
	Read func(file []byte) ([]railtest.Sent, error)
	// Report is what comes back about some files: that all was paid. Nil where the rail
	// reads nothing.
	Report func(files [][]byte) ([]byte, error)
}

// laxRows takes every row as it is: the desk's are written by hand.
type laxRows struct{ *rowmac.Key }

// Check finds nothing wrong.
func (laxRows) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// Desk is a rail over a database with a released plan.
type Desk struct {
	Outside
	DB    *postgres.DB
	Store *store.Store
	t     *testing.T
	keys  *seal.Keyring
	files int
	made  int
}

// NewDesk returns a desk over a database of its own.
func NewDesk(t *testing.T, o Outside) *Desk {
	t.Helper()
	d := &Desk{Outside: o, t: t, DB: postgrestest.New(t, store.Migrations()), keys: sealtest.New(t)}
	rows := laxRows{rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler))}
	d.Store = store.New(d.DB, dutytest.Queue(t), rows, time.Now)
	d.exec(`INSERT INTO rails (id, version, mac) VALUES ($1, 1, sha256('x'))`, o.Rail)
	d.exec(`INSERT INTO senders (rail, id, version, mac) VALUES ($1, $2, 1, sha256('x'))`, o.Rail, o.Sender)
	d.exec(`INSERT INTO allocation_rounds (id, state, currency, step, opened_by, created_at)
		VALUES ('r_00000000000000000000000001', 'OPEN', $1, 1000, 'staff/s_1', now())`, o.Currency)
	d.exec(`INSERT INTO payment_plans (id, state, round_id, rail, sender, currency, digest, created_at)
		VALUES ($1, 'ACCEPTED', 'r_00000000000000000000000001', $2, $3, $4, sha256('x'), now())`, PlanID, o.Rail, o.Sender, o.Currency)
	return d
}

// exec runs SQL.
func (d *Desk) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.DB.Pool.Exec(context.Background(), sql, args...); err != nil {
		d.t.Fatalf("prepare: %v", err)
	}
}

// Over is the rail over some lines.
func (d *Desk) Over(lines rail.Lines) rail.Filer { return d.New(lines, d.keys) }

// Claimed makes n claimed attempts of one file.
func (d *Desk) Claimed(n int) []payment.Instruction {
	d.t.Helper()
	d.files++
	fileID := fmt.Sprintf("pf_%026d", d.files)
	d.exec(`INSERT INTO payment_files (id, plan_id, state, message_digest, payments, created_at)
		VALUES ($1, $2, 'COLLECTING', sha256(convert_to($1, 'UTF8')), $3, now())`, fileID, PlanID, n)
	list := make([]payment.Instruction, n)
	for i := range list {
		d.made++
		id := fmt.Sprintf("y_%026d", d.made)
		d.exec(`INSERT INTO payments (id, plan_id, state, family, currency, minor_units, file_id, created_at, submit_at, mac)
			VALUES ($1, $2, 'SUBMITTED', 'families/f_' || $1, $5, $3, $4, now(), now(), sha256('x'))`, id, PlanID, 10_000+d.made, fileID, d.Currency)
		d.exec(`INSERT INTO attempts (payment_id, number, state, bank_digest, file_id, claimed_at, version, mac)
			VALUES ($1, 1, 'CLAIMED', sha256(convert_to($1, 'UTF8')), $2, now(), 1, sha256('x'))`, id, fileID)
		attempts, err := d.Store.Attempts(context.Background(), id, page.Page{Size: 10})
		if err != nil {
			d.t.Fatal(err)
		}
		list[i] = payment.Instruction{Attempt: attempts[0], Sender: d.Sender, Destination: d.Destination}
	}
	return list
}
