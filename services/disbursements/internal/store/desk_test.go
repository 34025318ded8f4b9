package store_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// desk is a store over a database of its own, and a clock that the test moves.
type desk struct {
	t     *testing.T
	db    *postgres.DB
	store *store.Store
	rows  store.Rows
	log   *bytes.Buffer // of what was done with rows
	clock time.Time
	cycle int32
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: postgrestest.New(t, store.Migrations()), clock: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	d.rows = rowmac.New([]byte("secret of the rows"), slog.New(slog.NewTextHandler(d.log, nil)))
	d.store = store.New(d.db, dutytest.Queue(t), d.rows, func() time.Time { return d.clock })
	d.done("add a rail", d.store.AddRail(context.Background(), "sepa", "main"))
	d.done("add another", d.store.AddRail(context.Background(), "other"))
	return d
}

// laxRows takes every row as it is.
type laxRows struct{ store.Rows }

// Check finds nothing wrong.
func (laxRows) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// unchecked switches the MACs off.
func (d *desk) unchecked() {
	d.rows = laxRows{d.rows}
	d.store = store.New(d.db, dutytest.Queue(d.t), d.rows, func() time.Time { return d.clock })
}

// done fails the test on an error.
func (d *desk) done(what string, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
}

// refused fails the test unless err has the reason.
func (d *desk) refused(what string, err error, reason fault.Reason) {
	d.t.Helper()
	if !fault.Is(err, reason) {
		d.t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

// exec runs a statement as the service's role.
func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.db.Pool.Exec(context.Background(), sql, args...); err != nil {
		d.t.Fatalf("%s: %v", sql, err)
	}
}

// read reads one value.
func read[T any](d *desk, sql string, args ...any) (v T) {
	d.t.Helper()
	if err := d.db.Pool.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		d.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// allocation is what a round gives the n-th family out of the general fund.
func allocation(n int, minor int64) store.Allocation {
	family := fmt.Sprintf("families/f_%d", n)
	a := store.Allocation{
		Number: n, AidRequest: family + "/aidRequests/a_1", Family: family, Cycle: 1, Part: 1, Tier: 1, Weight: 10, Cap: 10_000,
		WaitingSince: "2026-10", EligibleFunds: []string{"funds/general"}, Amount: minor, Reason: "CAP_REACHED",
	}
	if minor > 0 {
		a.Shares = []store.FundShare{{Fund: "funds/general", Minor: minor}}
	}
	return a
}

// simulated makes a round with a snapshot that gives what is listed.
func (d *desk) simulated(list ...store.Allocation) string {
	d.t.Helper()
	ctx := context.Background()
	id, err := d.store.CreateRound(ctx, round.Round{
		Currency: "EUR", Step: 1000, OpenedBy: "staff/s_opener",
		Budgets: []round.Budget{{Fund: "funds/general", Minor: 1_000_000}, {Fund: "funds/winter", Minor: 1}},
	})
	d.done("open round", err)
	d.done("freeze snapshot", d.store.FreezeSnapshot(ctx, d.simulation(id, list...)))
	return id
}

func (d *desk) simulation(roundID string, list ...store.Allocation) store.Simulation {
	return store.Simulation{
		RoundID: roundID, Person: "staff/s_simulator", Snapshot: []byte("snapshot"), Allocations: list,
	}
}

func (d *desk) round(id string) round.Round {
	d.t.Helper()
	r, err := d.store.Round(context.Background(), id)
	d.done("read round", err)
	return r
}

// ordered makes a round whose commit is ordered.
func (d *desk) ordered(list ...store.Allocation) string {
	d.t.Helper()
	id := d.simulated(list...)
	d.done("order commit", d.store.OrderCommit(context.Background(), id, "staff/s_committer", d.round(id).SnapshotDigest, 7))
	return id
}

// agree is a ledger that holds the money.
func agree(context.Context) (round.Refusal, error) { return "", nil }

// committed makes a committed round of what is listed.
func (d *desk) committed(list ...store.Allocation) string {
	d.t.Helper()
	ctx, id := context.Background(), d.ordered(list...)
	d.done("reserve", d.store.NoteReserved(ctx, d.round(id), whole, nil))
	d.done("hold", d.store.DecideHold(ctx, d.round(id), agree))
	d.done("make awards", d.store.MakeAwards(ctx, d.round(id), whole))
	d.done("finish", d.store.FinishCommit(ctx, d.round(id)))
	return id
}

// whole is a page that holds all of a round.
const whole = 1000

// awards lists the awards of a round.
func (d *desk) awards(roundID string) []round.AwardRecord {
	d.t.Helper()
	list, err := d.store.AwardsOfRound(context.Background(), roundID, "", 1000)
	d.done("read awards", err)
	return list
}

// planned makes a plan in DRAFT of a round's available awards.
func (d *desk) planned(roundID string) string {
	d.t.Helper()
	id, err := d.store.CreatePlan(context.Background(), store.NewPlan{
		RoundID: roundID, Rail: "sepa", Sender: "main", Person: "staff/s_maker", Currencies: []string{"EUR"},
	})
	d.done("make plan", err)
	return id
}

func (d *desk) plan(id string) plan.Plan {
	d.t.Helper()
	p, err := d.store.Plan(context.Background(), id)
	d.done("read plan", err)
	return p
}

// hat is who does an act with plans here.
func hat(kind plan.Kind) string {
	switch kind {
	case plan.Lock, plan.Submit:
		return "staff/s_maker"
	case plan.Approve:
		return "staff/s_approver"
	case plan.Authorize:
		return "staff/s_authorizer"
	case plan.Release:
		return "staff/s_releaser"
	}
	return "staff/s_anybody"
}

// accounts are the digests of where some families are paid.
var accounts = map[string][]byte{"families/f_1": bytes.Repeat([]byte{1}, 32), "families/f_2": bytes.Repeat([]byte{2}, 32)}

// act does one act by a person, over the digest that the plan has.
func (d *desk) act(planID string, kind plan.Kind, person string) error {
	d.t.Helper()
	if kind == plan.Lock {
		if _, err := d.store.PrepareLock(context.Background(), planID, person, store.Found{Accounts: accounts}); err != nil {
			return err
		}
	}
	if kind == plan.Release {
		d.looked(planID)
	}
	return d.store.Do(context.Background(), store.Act{
		PlanID: planID, Person: person, Kind: kind, Digest: d.plan(planID).Digest, FileSize: 2, Leaf: store.Leaf{Sequence: 7},
	})
}

// looked has somebody look at each family that a plan asks for.
func (d *desk) looked(planID string) {
	d.t.Helper()
	p := d.plan(planID)
	if p.MayLook() != nil {
		return
	}
	for _, l := range p.Unlooked() {
		d.done("look", d.store.Look(context.Background(), planID, p.Version, l, "staff/s_looker", 7))
	}
}

// acts does acts by who does them here.
func (d *desk) acts(planID string, kinds ...plan.Kind) {
	d.t.Helper()
	for _, kind := range kinds {
		d.done(string(kind), d.act(planID, kind, hat(kind)))
	}
}

// released makes a released plan of n payments of 100.00, and returns the ids of
// its payments in order.
func (d *desk) released(n int) (planID string, payments []string) {
	d.t.Helper()
	var list []store.Allocation
	for i := range n {
		list = append(list, allocation(i+1, 10_000))
	}
	planID = d.planned(d.committed(list...))
	d.acts(planID, plan.Lock, plan.Submit, plan.Approve, plan.Authorize, plan.Release)
	return planID, d.payments(planID)
}

// payments lists the ids of a plan's payments in order.
func (d *desk) payments(planID string) (ids []string) {
	d.t.Helper()
	list, err := d.store.Payments(context.Background(), planID, page.Page{Size: 500})
	d.done("list payments", err)
	for _, y := range list {
		ids = append(ids, y.ID)
	}
	return ids
}

func (d *desk) payment(id string) payment.Payment {
	d.t.Helper()
	y, err := d.store.Payment(context.Background(), id)
	d.done("read payment", err)
	return y
}

// claim claims a payment's attempt and gives the payment back.
func (d *desk) claim(paymentID string) *store.Claim {
	d.t.Helper()
	c, err := d.store.Claim(context.Background(), paymentID)
	d.done("claim", err)
	if c != nil {
		d.done("give back", d.store.Release(context.Background(), c))
	}
	return c
}

// sent takes a payment as far as its rail.
func (d *desk) sent(paymentID string) payment.Attempt {
	d.t.Helper()
	ctx, a := context.Background(), d.claim(paymentID).Attempt
	d.done("add line", d.store.AddLine(ctx, a, []byte("sealed")))
	d.done("note sent", d.store.NoteSent(ctx, a))
	return a
}

// failed lets a payment's attempt fail before anything was booked.
func (d *desk) failed(paymentID string) payment.Attempt {
	d.t.Helper()
	a := d.claim(paymentID).Attempt
	d.done("note failed", d.store.NoteFailed(context.Background(), a, "FAMILY_SUSPENDED", false))
	return a
}

// together runs all at once and returns their errors in order.
func together(all ...func() error) []error {
	var wg sync.WaitGroup
	errs, start := make([]error, len(all)), make(chan struct{})
	for i, f := range all {
		wg.Go(func() {
			<-start
			errs[i] = f()
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// held takes a lock by a statement, runs all while the database makes them wait for
// it, one after the other, and returns their errors in order.
func (d *desk) held(lock string, args []any, all ...func() error) []error {
	d.t.Helper()
	ctx := context.Background()
	tx, err := d.db.Pool.Begin(ctx)
	d.done("begin", err)
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, lock, args...); err != nil {
		d.t.Fatalf("lock: %v", err)
	}
	var wg sync.WaitGroup
	errs := make([]error, len(all))
	for i, f := range all {
		wg.Go(func() { errs[i] = f() })
		d.waiting(i + 1)
	}
	d.done("let go", tx.Commit(ctx))
	wg.Wait()
	return errs
}

// waiting waits until n sessions wait for a lock.
func (d *desk) waiting(n int) {
	d.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if read[int](d, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) >= n {
			return
		}
	}
	d.t.Fatalf("%d sessions never wait", n)
}
