package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// senderIBAN is the account that the tests pay from.
const senderIBAN = "LT121000011101001000"

// bench is the service under test: real server, store, worker and rail, the
// ledger in memory, families and donations faked.
type bench struct {
	t        testing.TB
	db       *postgres.DB
	rows     store.Rows
	rowLog   *bytes.Buffer // of what was done with rows
	rpc      *rpctest.Bench
	ledger   *ledgertest.Ledger
	families *fakeFamilies
	people   *fakePeople
	standing *fakeStanding
	worker   *duty.Worker
	options  duty.Options
	serving  server.Options
	duties   []runner.Duty
	clock    *clock
}

// clock is the tests' time, which they can move.
type clock struct {
	mu    sync.Mutex
	moved time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOver(t, postgrestest.New(t, store.Migrations()))
}

func newBenchOver(t testing.TB, db *postgres.DB) *bench {
	t.Helper()
	return newBenchWith(t, db, func(r store.Rows) store.Rows { return r })
}

// newBenchWith has the store check rows by what with makes of its key.
func newBenchWith(t testing.TB, db *postgres.DB, with func(store.Rows) store.Rows) *bench {
	t.Helper()
	b := &bench{t: t, db: db, families: newFakeFamilies(), people: &fakePeople{}, standing: ofFive(), clock: &clock{}, rowLog: &bytes.Buffer{}}
	b.rows = with(rowmac.New([]byte("secret of the rows"), slog.New(slog.NewTextHandler(b.rowLog, nil))))
	b.ledger = ledgertest.New(t, b.clock.now)
	b.ledger.SetHands(&ledgerv1.HandsRow{Persons: 4}) // so that each step of a plan is taken
	posting := b.ledger.Posting("disbursements")
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	keep := store.New(b.db, dutytest.Queue(t), b.rows, b.clock.now)
	if err := keep.AddRail(context.Background(), sepa.ID, "main"); err != nil {
		t.Fatalf("add rails: %v", err)
	}
	sender := rail.Sender{ID: "main", Name: "Test Sender", IBAN: senderIBAN, Currency: "EUR", ExposureCap: 2}
	files := sepa.New(keep, sealtest.New(t), []rail.Sender{sender}, "Transfer", b.clock.now)
	b.options = duty.Options{
		Store: keep, Posting: posting, Requests: b.families, Release: b.families,
		Rails: rail.Set{files}, Log: log, Payouts: noPayouts{}, Now: b.clock.now,
	}
	b.worker = duty.New(b.options)
	b.duties = b.worker.Duties()
	b.serving = server.Options{
		Store: keep, Funds: fakeFunds{}, Posting: posting, Requests: b.families, Release: b.families, People: b.people,
		Standing: b.standing, Delay: agreement.Delay,
		Policies:  agreed.New(agreed.Options{DB: b.db, Ledger: posting, Leaves: server.PolicyLeaves, Log: log, Now: b.clock.now}),
		Committer: b.worker, Rails: b.options.Rails, Pager: page.New([]byte("secret of the pages")), Log: log, Now: b.clock.now,
	}
	b.serve(server.New(b.serving))
	return b
}

// serve lets a server answer from now on.
func (b *bench) serve(s *server.Server) {
	b.rpc = rpctest.New(b.t, func(g *grpc.Server) { s.Register(g) })
	b.rpc.Follow(b.clock.now)
	b.ledger.Trust(b.rpc) // people's tokens are passed on
}

// decide records a decision in its person's own call.
func (b *bench) decide(person string, draft *ledgerv1.DecisionDraft) {
	b.t.Helper()
	by := b.ledger.PostingOf("disbursements", "staff/s_"+person, policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
	if _, err := by.Record(context.Background(), &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{draft}}); err != nil {
		b.t.Fatalf("record: %v", err)
	}
}

// drain does everything that is owed.
func (b *bench) drain() {
	b.t.Helper()
	dutytest.Drain(b.t, b.db, b.duties...)
}

func key() string { return "key_" + resource.Random() }

// must returns v and fails the test on an error.
func must[T any](t testing.TB, what string) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

// refused fails the test unless err has the reason.
func refused(t testing.TB, what string, err error, reason fault.Reason) {
	t.Helper()
	if !fault.Is(err, reason) {
		t.Errorf("%s: %v, want reason %s", what, err, reason)
	}
}

// open opens a round of the general fund.
func (b *bench) open(budget int64) string {
	b.t.Helper()
	r := must[*disbursementsv1.AllocationRound](b.t, "open round")(b.treasurer("opener").rounds.CreateAllocationRound(context.Background(),
		&disbursementsv1.CreateAllocationRoundRequest{AllocationRound: &disbursementsv1.AllocationRound{
			CurrencyCode: "EUR", Budgets: []*disbursementsv1.Budget{{Fund: "funds/general", Amount: postingtest.Money(budget)}},
		}}))
	return r.GetName()
}

func (b *bench) simulate(name string) *disbursementsv1.AllocationRound {
	b.t.Helper()
	return must[*disbursementsv1.AllocationRound](b.t, "simulate")(b.treasurer("opener").rounds.SimulateAllocationRound(
		context.Background(), &disbursementsv1.SimulateAllocationRoundRequest{Name: name}))
}

// snapshot is the digest of a round's snapshot.
func (b *bench) snapshot(name string) []byte {
	b.t.Helper()
	return must[*disbursementsv1.AllocationRound](b.t, "look at round")(b.approver("committer").rounds.GetAllocationRound(
		context.Background(), &disbursementsv1.GetAllocationRoundRequest{Name: name})).GetSnapshotDigest()
}

func (b *bench) commit(name string) (*disbursementsv1.AllocationRound, error) {
	return b.approver("committer").rounds.CommitAllocationRound(context.Background(),
		&disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key(), SnapshotDigest: b.snapshot(name)})
}

// committed makes a committed round that gives each of n families 100.00.
func (b *bench) committed(n int) string {
	b.t.Helper()
	for i := range n {
		b.families.need(i+1, 10_000)
	}
	b.ledger.SetAvailable("general", int64(n)*10_000)
	name := b.open(int64(n) * 10_000)
	b.simulate(name)
	if _, err := b.commit(name); err != nil {
		b.t.Fatalf("commit: %v", err)
	}
	return name
}

// planned makes a plan in DRAFT that pays n families 100.00 each.
func (b *bench) planned(n int) string {
	b.t.Helper()
	round := b.committed(n)
	p := must[*disbursementsv1.PaymentPlan](b.t, "make plan")(b.treasurer("maker").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "rails/sepa"}}))
	return p.GetName()
}

// released makes a released plan that pays n families 100.00 each; nothing has
// been submitted yet.
func (b *bench) released(n int) string {
	b.t.Helper()
	plan := b.planned(n)
	b.steps(plan, "lock", "submit", "approve", "authorize", "release")
	return plan
}

// payments lists the payments of a plan.
func (b *bench) payments(plan string) []*disbursementsv1.Payment {
	b.t.Helper()
	return must[*disbursementsv1.ListPaymentsResponse](b.t, "list payments")(b.treasurer("reader").payments.ListPayments(
		context.Background(), &disbursementsv1.ListPaymentsRequest{Parent: plan})).GetPayments()
}

// attempts lists the attempts of a payment.
func (b *bench) attempts(payment string) []*disbursementsv1.Attempt {
	b.t.Helper()
	return must[*disbursementsv1.ListAttemptsResponse](b.t, "list attempts")(b.treasurer("reader").payments.ListAttempts(
		context.Background(), &disbursementsv1.ListAttemptsRequest{Parent: payment})).GetAttempts()
}

func (noPayouts) TakeBankGift(context.Context, *donationsv1.TakeBankGiftRequest, ...grpc.CallOption) (*donationsv1.TakeBankGiftResponse, error) {
	return nil, fault.New(fault.Precondition, fault.ReasonNoSuchFundReference, "No fund has the reference.")
}

// noPayouts has nothing on its way from Stripe.
type noPayouts struct{}

func (noPayouts) ClosePayout(context.Context, *donationsv1.ClosePayoutRequest, ...grpc.CallOption) (*donationsv1.ClosePayoutResponse, error) {
	return nil, fault.New(fault.Precondition, fault.ReasonNoSuchPayout, "No payout of this amount is on its way.")
}
