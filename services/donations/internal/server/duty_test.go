package server_test

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// runner works the jobs as in production; its clock is ahead, so that what was
// owed just now is overdue.
func (b *bench) runner() *duty.Runner {
	b.t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	ahead := func() time.Time { return time.Now().Add(3 * time.Minute) }
	r, err := duty.NewRunner(b.db, log, clock.Clock{Read: ahead}, nil, b.worker.Duties()...)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) emptyJobs() {
	b.t.Helper()
	if _, err := b.db.Pool.Exec(context.Background(), `DELETE FROM river_job`); err != nil {
		b.t.Fatal(err)
	}
}

// The job table is emptied again and again while gifts come in; nothing is lost.
func TestAnEmptiedJobTableLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	for range 5 {
		b.pay(b.pledge(p, pledgeOf(5000, "general")))
	}
	b.emptyJobs()
	r := b.runner()
	ctx := context.Background()
	if err := r.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	deadline := time.Now().Add(60 * time.Second)
	for i := 0; b.ledger.Balance("fund:general:available") != 25000; i++ {
		if time.Now().After(deadline) {
			t.Fatalf("available = %d after a minute", b.ledger.Balance("fund:general:available"))
		}
		if i < 20 {
			b.emptyJobs()
		}
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.ledger.WantBalances(t, map[string]int64{
		"asset:stripe": -5 * 4900, "fund:general:available": 25000, "deficit:general": -500,
	})
}

// The ledger books, and its answer is lost: the repeat finds it booked.
func TestALostAnswerOfTheLedgerBooksNothingTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	b.pay(pledge)
	b.drain(store.DutyEvent)
	b.ledger.FailNext("Post", true)
	id := b.donation(p, pledge).GetName()[len("donations/"):]
	if err := b.worker.Post(context.Background(), id); !fault.OfKind(err, fault.Unavailable) {
		t.Fatalf("first try: %v", err)
	}
	if d := b.donation(p, pledge); d.GetBookedOn() != "" {
		t.Error("shown as booked before the ledger has said so")
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := b.worker.Post(context.Background(), id); err != nil {
				t.Errorf("repeat: %v", err)
			}
		})
	}
	all.Wait()
	b.drain(store.DutyClear)
	b.ledger.FailNext("Post", true)
	runs, err := b.store.OwedRuns(context.Background(), time.Now().Add(time.Hour), "", 10)
	if err != nil || len(runs) != 1 {
		t.Fatalf("runs = %v, %v", runs, err)
	}
	if err := b.worker.PostCleared(context.Background(), runs[0]); !fault.OfKind(err, fault.Unavailable) {
		t.Fatalf("run, first try: %v", err)
	}
	b.drain()
	b.ledger.WantBalances(t, map[string]int64{
		"asset:stripe": -4900, "fund:general:available": 5000, "deficit:general": -100,
	})
	if len(b.ledger.Transactions()) != 3 {
		t.Errorf("booked %v, want gift, fee and clearing once each", b.ledger.Transactions())
	}
}

func TestGiftsClearOnTheirDayAsOneSumAndOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Given an installation that keeps the delays.
	b.worker.NoDelays = false
	p := b.newPartner()
	for range 3 {
		b.pay(b.pledge(p, pledgeOf(5000, "general")))
	}
	b.drain(store.DutyEvent, store.DutyPost)
	ctx := context.Background()
	if err := b.store.OpenRuns(ctx, "general"); err != nil {
		t.Fatal(err)
	}
	if b.ledger.Balance("fund:general:clearing") != 15000 || b.count("clearing_runs", "true") != 0 || b.count("river_job", "args->>'duty' = 'clearing.open'") != 0 {
		t.Fatal("gifts cleared before their day")
	}

	// When their day has come, what another run is gathering is left to it,
	if _, err := b.db.Pool.Exec(ctx, `UPDATE donation_parts SET clear_owed_at = now() - interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	err := b.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT 1 FROM donation_parts FOR UPDATE`); err != nil {
			return err
		}
		impatient, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return b.store.OpenRuns(impatient, "general")
	})
	if err != nil || b.count("clearing_runs", "true") != 0 {
		t.Errorf("while another run gathers: %v", err)
	}
	// and when several look at once,
	owed, err := b.store.OwedClearings(ctx, time.Now(), "", 10)
	if err != nil || len(owed) != 1 || owed[0] != "general" {
		t.Errorf("owed = %v, %v", owed, err)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := b.store.OpenRuns(ctx, "general"); err != nil {
				t.Errorf("clear: %v", err)
			}
		})
	}
	all.Wait()
	b.drain(store.DutyPostCleared)

	// then each gift stands in exactly one run and the sums agree.
	if b.ledger.Balance("fund:general:clearing") != 0 || b.ledger.Balance("fund:general:available") != 15000 {
		t.Errorf("clearing %d, available %d", b.ledger.Balance("fund:general:clearing"), b.ledger.Balance("fund:general:available"))
	}
	if b.count("clearing_items", "amount = 5000") != 3 ||
		b.count("clearing_runs AS r", "amount <> (SELECT sum(amount) FROM clearing_items WHERE run_id = r.id)") != 0 {
		t.Error("the runs do not say exactly which gifts they cleared")
	}
}

func TestFundsAreListedAndOpened(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	funds := donationsv1.NewFundServiceClient(b.staff(policyv1.Role_ROLE_TREASURER))
	var names []string
	token := ""
	for {
		list, err := funds.ListFunds(ctx, &donationsv1.ListFundsRequest{PageSize: 3, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list.GetFunds() {
			names = append(names, f.GetName())
		}
		if token = list.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(names) != 4 || names[0] != "funds/emergency" {
		t.Errorf("funds = %v", names)
	}
	req := &donationsv1.CreateFundRequest{FundId: "letters", Fund: &donationsv1.Fund{DisplayName: "Letters", CurrencyCodes: []string{"EUR"}, PromisesFullGift: true}}
	f, err := funds.CreateFund(ctx, req)
	if err != nil || f.GetName() != "funds/letters" || f.GetState() != donationsv1.FundState_FUND_STATE_OPEN || f.GetKind() != donationsv1.FundKind_FUND_KIND_EARMARK {
		t.Errorf("fund = %v, %v", f, err)
	}
	if _, err := funds.CreateFund(ctx, req); !fault.Is(err, "FUND_EXISTS") {
		t.Errorf("the same id: %v", err)
	}
	if _, err := funds.GetFund(ctx, &donationsv1.GetFundRequest{Name: "funds/none"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("absent: %v", err)
	}
}
