package duty_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// errAway is a service that does not answer.
var errAway = fault.New(fault.Unavailable, "UNAVAILABLE", "Try again.")

func (d *desk) round(id string) round.Round {
	d.t.Helper()
	r, err := d.store.Round(context.Background(), id)
	d.done("read round", err)
	return r
}

func TestACommitHoldsTheMoneyMakesAwardsAndGivesTheRestBack(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	// Given a round of three families, one of which is held back,
	id := d.ordered(3)
	d.families.heldBack = []*familiesv1.HeldBack{{
		AidRequest: "families/f_b/aidRequests/a_1", Cycle: 1, Reason: familiesv1.HeldBackReason_HELD_BACK_REASON_FAMILY_SUSPENDED,
	}}
	// when it is committed,
	d.done("commit", d.worker.Commit(ctx, id))
	// then families were asked once, for all cycles,
	if n := len(d.families.reserved); n != 1 || len(d.families.reserved[0].GetCycles()) != 3 || d.families.reserved[0].GetRound() != d.round(id).Name() ||
		d.families.reserved[0].GetCommit() != 1 {
		t.Errorf("asked %v", d.families.reserved)
	}
	// the money of two is in their awards, that of the third is back,
	d.ledger.WantBalances(t, map[string]int64{
		"asset:stripe": -available, "fund:general:available": available - 20_000,
		"award:" + d.awards(id)[0]: 10_000, "award:" + d.awards(id)[1]: 10_000,
	})
	// and the reason is kept in its own words.
	list, err := d.store.Allocations(ctx, id, page.Page{Size: 10})
	if err != nil || list[1].HeldBackReason != "FAMILY_SUSPENDED" || list[1].Outcome != round.HeldBack {
		t.Errorf("allocations %+v, %v", list, err)
	}
	if r := d.round(id); r.State != round.Committed {
		t.Errorf("round %+v", r)
	}
	d.done("commit again", d.worker.Commit(ctx, id))
	if n := d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD); n != 2 {
		t.Errorf("%d awards booked", n)
	}
	if err := d.worker.Commit(ctx, "r_none"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("commit of nothing: %v", err)
	}
}

// awards lists the ids of a round's awards.
func (d *desk) awards(roundID string) (ids []string) {
	d.t.Helper()
	list, err := d.store.AwardsOfRound(context.Background(), roundID, "", 100_000)
	d.done("read awards", err)
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

// TestABreakAnywhereCommitsOnce loses one call of a commit, or its answer, and goes
// on from there.
func TestABreakAnywhereCommitsOnce(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for name, fail := range map[string]func(*desk){
			"the hold":   func(d *desk) { d.ledger.FailNext("Post", after) },
			"the awards": func(d *desk) { d.posting.refuse = failing(d, 2, after) },
			"the rest":   func(d *desk) { d.posting.refuse = failing(d, 3, after) },
			"families":   func(d *desk) { d.families.reserving = errAway },
		} {
			t.Run(fmt.Sprintf("%s, after its effect: %t", name, after), func(t *testing.T) {
				t.Parallel()
				ctx, d := context.Background(), newDesk(t)
				id := d.ordered(2)
				d.families.heldBack = []*familiesv1.HeldBack{{AidRequest: "families/f_a/aidRequests/a_1", Cycle: 1}}
				fail(d)
				if err := d.worker.Commit(ctx, id); !fault.OfKind(err, fault.Unavailable) {
					t.Fatalf("first try: %v", err)
				}
				if r := d.round(id); r.State != round.Committing {
					t.Errorf("round %+v", r)
				}
				d.families.reserving = nil
				d.done("second try", d.worker.Commit(ctx, id))
				if r := d.round(id); r.State != round.Committed {
					t.Errorf("round %+v", r)
				}
				if d.ledger.Sum("award:") != 10_000 || d.ledger.Sum("round:") != 0 || d.ledger.Balance("fund:general:available") != available-10_000 {
					t.Errorf("balances %v", d.ledger.Balances())
				}
				for _, kind := range []ledgerv1.TransactionKind{
					ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD, ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD,
					ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_RELEASE,
				} {
					if n := d.ledger.Count(kind); n != 1 {
						t.Errorf("%s booked %d times", kind, n)
					}
				}
			})
		}
	}
}

// failing loses the n-th call of Post, or its answer.
func failing(d *desk, n int, after bool) func(int) error {
	return func(call int) error {
		if call == n {
			d.ledger.FailNext("Post", after)
		}
		return nil
	}
}

// TestARefusedHoldTakesTheReservationBack for each reason that refuses a round as a
// whole.
func TestARefusedHoldTakesTheReservationBack(t *testing.T) {
	t.Parallel()
	for refusal, spoil := range map[round.Refusal]func(*desk){
		round.InsufficientFunds: func(d *desk) { d.ledger.SetAvailable("general", 9_999) },
		round.FundInDeficit:     func(d *desk) { d.ledger.SetDeficit("general", 100_01) },
	} {
		t.Run(string(refusal), func(t *testing.T) {
			t.Parallel()
			ctx, d := context.Background(), newDesk(t)
			id := d.ordered(1)
			spoil(d)
			d.families.unreserving = errAway
			if err := d.worker.Commit(ctx, id); !fault.OfKind(err, fault.Unavailable) {
				t.Errorf("while families are away: %v", err)
			}
			if r := d.round(id); r.CommitStep != round.Unreserve || r.Refusal != refusal {
				t.Errorf("round %+v", r)
			}
			// Money that comes now does not turn the answer.
			d.ledger.SetDeficit("general", 0)
			d.ledger.SetAvailable("general", available)
			d.families.unreserving = nil
			d.done("commit", d.worker.Commit(ctx, id))
			if r := d.round(id); r.State != round.Simulated || r.Refusal != refusal || len(d.families.has) != 0 || d.families.unreserved[0].GetCommit() != 1 {
				t.Errorf("round %+v, taken back %v", r, d.families.unreserved)
			}
			if d.ledger.Sum("award:") != 0 || d.ledger.Sum("round:") != 0 {
				t.Errorf("balances %v", d.ledger.Balances())
			}
			// Ordered again, the same round is committed.
			d.done("order again", d.store.OrderCommit(ctx, id, "staff/s_committer", d.round(id).SnapshotDigest, 7))
			d.done("commit", d.worker.Commit(ctx, id))
			if r := d.round(id); r.State != round.Committed || d.ledger.Sum("award:") != 10_000 {
				t.Errorf("round %+v, balances %v", r, d.ledger.Balances())
			}
		})
	}
}

func TestWhatIsNoRefusalOfTheRoundIsTriedAgain(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(1)
	for _, err := range []error{errAway, errors.New("anything"), fault.New(fault.Precondition, "ACCOUNT_CLOSED", "No.")} {
		d.posting.refuse = always(err)
		if got := d.worker.Commit(ctx, id); !errors.Is(got, err) {
			t.Errorf("commit: %v, want %v", got, err)
		}
		if r := d.round(id); r.CommitStep != round.Hold || r.Refusal != "" {
			t.Errorf("round %+v", r)
		}
	}
	if len(d.families.unreserved) != 0 {
		t.Error("the reservation was taken back")
	}
}

func TestARoundThatGivesNothingBooksNothing(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(0)
	d.done("commit", d.worker.Commit(ctx, id))
	if r := d.round(id); r.State != round.Committed || len(d.posting.calls) != 0 || len(d.families.reserved) != 0 {
		t.Errorf("round %+v, posted %v, reserved %v", r, d.posting.calls, d.families.reserved)
	}
}

func TestManyAwardsAreBookedInSeveralCalls(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(505)
	d.done("commit", d.worker.Commit(ctx, id))
	if !slices.Equal(d.posting.calls, []int{1, 500, 5}) {
		t.Errorf("transactions by call: %v", d.posting.calls)
	}
	if got := d.ledger.Sum("award:"); got != 505*10_000 {
		t.Errorf("awards hold %d", got)
	}
}

func TestACancelledAwardIsBookedAndReportedOnce(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	roundID := d.ordered(2)
	d.done("commit", d.worker.Commit(ctx, roundID))
	first, second := d.awards(roundID)[0], d.awards(roundID)[1]
	for _, id := range []string{first, second} {
		d.done("cancel", d.store.CancelAward(ctx, id))
	}
	// Given families that do not answer, the news is still owed;
	d.families.reporting = errAway
	if err := d.worker.Cancel(ctx, first); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("cancel: %v", err)
	}
	if c, err := d.store.Cancelled(ctx, first); err != nil || c.Done {
		t.Errorf("cancellation %+v, %v", c, err)
	}
	// where the cycle has moved on since, there is no news;
	d.families.reporting = fault.State("cycle", "WITHDRAWN", "APPROVED")
	d.done("cancel", d.worker.Cancel(ctx, first))
	// otherwise it is told once.
	d.families.reporting = nil
	for range 2 {
		d.done("cancel", d.worker.Cancel(ctx, second))
	}
	if len(d.families.paid) != 1 || d.families.paid[0].GetPaid() || d.families.paid[0].GetRound() != d.round(roundID).Name() {
		t.Errorf("reported %v", d.families.paid)
	}
	if n := d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_AWARD_CANCELLED); n != 2 || d.ledger.Sum("award:") != 0 {
		t.Errorf("%d booked, balances %v", n, d.ledger.Balances())
	}
}
