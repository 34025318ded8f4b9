package duty_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// sender is the account that the tests pay from.
var sender = rail.Sender{ID: "main", Name: "Test Sender", IBAN: "LT121000011101001000", Currency: "EUR", ExposureCap: 2}

// available is what the fund has, in minor units.
const available = 200_000_000

// desk is a worker over a real store, the real rail of SEPA files and a ledger in
// memory, which holds all that the rounds ask for. What families answer is the
// test's.
type desk struct {
	t        *testing.T
	db       *postgres.DB
	store    *store.Store
	files    *sepa.Rail
	ledger   *ledgertest.Ledger
	posting  *postings
	families *families
	options  duty.Options
	payouts  underWay
	worker   *duty.Worker
	rounds   int32
	full     bool // rounds give requests all that they may receive
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: postgrestest.New(t, store.Migrations()), ledger: ledgertest.New(t, time.Now), families: &families{}}
	d.ledger.SetAvailable("general", available)
	d.posting = &postings{PostingServiceClient: d.ledger.Posting("disbursements")}
	d.store = store.New(d.db, dutytest.Queue(t), rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler)), time.Now)
	d.done("add rail", d.store.AddRail(context.Background(), sepa.ID, "main"))
	d.files = sepa.New(d.store, sealtest.New(t), []rail.Sender{sender}, "Transfer", time.Now)
	d.options = duty.Options{
		Store: d.store, Posting: d.posting, Requests: d.families, Release: d.families,
		Rails: rail.Set{d.files},
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now, Payouts: &d.payouts,
	}
	d.worker = duty.New(d.options)
	return d
}

// laxRows takes every row as it is.
type laxRows struct{ *rowmac.Key }

// Check finds nothing wrong.
func (laxRows) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// unchecked has the desk take rows that the test has written by hand.
func (d *desk) unchecked() {
	d.store = store.New(d.db, dutytest.Queue(d.t), laxRows{rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler))}, time.Now)
	d.options.Store = d.store
	d.worker = duty.New(d.options)
}

// done fails the test on an error.
func (d *desk) done(what string, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
}

// ordered makes a round that gives each of n families 100.00 out of 150.00 of
// need, ordered to be committed.
func (d *desk) ordered(n int) string {
	d.t.Helper()
	ctx := context.Background()
	d.rounds++
	limit := int64(15_000)
	if d.full {
		limit = 10_000
	}
	sim := store.Simulation{Person: "staff/s_opener", Snapshot: []byte("snapshot")}
	for i := range n {
		family := "families/f_" + string(rune('a'+i%26)) + strings.Repeat("x", i/26%26) + strings.Repeat("y", i/676)
		sim.Allocations = append(sim.Allocations, store.Allocation{
			Number: i + 1, AidRequest: family + "/aidRequests/a_1", Family: family, Cycle: d.rounds, Part: 1, Weight: 10, Cap: limit,
			WaitingSince: "2026-10", EligibleFunds: []string{"funds/general"}, Amount: 10_000, Reason: "FUNDS_EXHAUSTED",
			Shares: []store.FundShare{{Fund: "funds/general", Minor: 10_000}},
		})
	}
	id, err := d.store.CreateRound(ctx, round.Round{
		Currency: "EUR", Step: 1000, OpenedBy: "staff/s_opener", Budgets: []round.Budget{{Fund: "funds/general", Minor: int64(n)*10_000 + 1}},
	})
	d.done("open round", err)
	sim.RoundID = id
	d.decide("opener", posting.RoundSnapshot(posting.RoundStep{Round: id, Digest: sim.Digest()}))
	d.done("freeze snapshot", d.store.FreezeSnapshot(ctx, sim))
	r, err := d.store.Round(ctx, sim.RoundID)
	d.done("read round", err)
	d.decide("committer", posting.RoundCommitted(posting.RoundStep{Round: id, Person: "s_committer", Digest: sim.Digest()}))
	d.done("order commit", d.store.OrderCommit(ctx, sim.RoundID, "staff/s_committer", r.SnapshotDigest, 7))
	return sim.RoundID
}

// released makes a released plan that pays n families 100.00 each, and returns
// the ids of its payments.
func (d *desk) released(n int) (planID string, payments []string) {
	d.t.Helper()
	return d.taken(n, plan.Release)
}

// taken makes such a plan and takes it as far as a step.
func (d *desk) taken(n int, last plan.Kind) (planID string, payments []string) {
	d.t.Helper()
	ctx := context.Background()
	roundID := d.ordered(n)
	d.done("commit", d.worker.Commit(ctx, roundID))
	planID, err := d.store.CreatePlan(ctx, store.NewPlan{
		RoundID: roundID, Rail: sepa.ID, Sender: sender.ID, Person: "staff/s_maker", Currencies: []string{"EUR"},
	})
	d.done("make plan", err)
	for _, a := range []struct {
		kind   plan.Kind
		person string
	}{
		{plan.Lock, "maker"}, {plan.Submit, "maker"}, {plan.Approve, "approver"}, {plan.Authorize, "authorizer"}, {plan.Release, "releaser"},
	} {
		if a.kind == plan.Lock {
			_, err := d.store.PrepareLock(ctx, planID, "staff/s_maker", store.Found{})
			d.done("prepare lock", err)
		}
		p, err := d.store.Plan(ctx, planID)
		d.done("read plan", err)
		d.done(string(a.kind), d.store.Do(ctx, store.Act{
			PlanID: planID, Person: "staff/s_" + a.person, Kind: a.kind, Digest: p.Digest, FileSize: sender.ExposureCap,
		}))
		d.decidePlan(planID, a.kind, a.person)
		if a.kind == plan.Lock {
			d.looked(planID)
		}
		if a.kind == last {
			break
		}
	}
	return planID, d.payments(planID)
}

// looked has somebody look at each family that a plan asks for.
func (d *desk) looked(planID string) {
	d.t.Helper()
	p, err := d.store.Plan(context.Background(), planID)
	d.done("read plan", err)
	for _, l := range p.Unlooked() {
		d.done("look", d.store.Look(context.Background(), planID, p.Version, l, "staff/s_looker", 0))
	}
}

// decidePlan records a person's act on a plan.
func (d *desk) decidePlan(planID string, kind plan.Kind, person string) {
	d.t.Helper()
	p, err := d.store.Plan(context.Background(), planID)
	d.done("read plan", err)
	step := posting.PlanStep{Plan: planID, Person: "s_" + person, Version: p.Version, Digest: p.Digest}
	switch kind {
	case plan.Lock:
		d.decide(person, posting.PlanLocked(step, posting.Lock{Currency: p.Currency, Minor: p.Total}))
	case plan.Approve:
		d.decide(person, posting.PlanApproved(step))
	case plan.Authorize:
		d.decide(person, posting.PlanAuthorized(step))
	case plan.Release:
		d.decide(person, posting.PlanReleased(step))
	}
}

// decide records a decision in its person's own call, as the server does.
func (d *desk) decide(person string, draft *ledgerv1.DecisionDraft) {
	d.t.Helper()
	by := d.ledger.PostingOf("disbursements", "staff/s_"+person, policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
	_, err := by.Record(context.Background(), &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{draft}})
	d.done("record", err)
}

// payments lists the ids of a plan's payments in order.
func (d *desk) payments(planID string) (ids []string) {
	d.t.Helper()
	list, err := d.store.Payments(context.Background(), planID, page.Page{Size: 100})
	d.done("list payments", err)
	for _, y := range list {
		ids = append(ids, y.ID)
	}
	return ids
}
