package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// lockOf is the lock of a plan, so many days after today.
func lockOf(plan string, minor int64, later leaf.Day) book.Decision {
	return book.Decision{
		Reference: fmt.Sprintf("%s/%d", plan, later), Kind: leaf.DecisionPlanLocked, Resource: plan, Person: "staff/a", Day: today + later,
		Content: &leaf.Lock{Currency: "EUR", Amount: minor},
	}
}

// booked commits one decision in a batch of its own, by a store that remembers nothing.
func booked(t *testing.T, s *store.Store, d book.Decision) *leaf.Decision {
	t.Helper()
	u, err := book.NewUnit([]book.Decision{d}, nil, d.Day)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, store.Memory{})
	if err != nil || outcomes[0].Err != nil {
		t.Fatalf("%v, %v", err, outcomes)
	}
	return outcomes[0].Result.Leaves[0].Decision
}

// What the books need to count hands is read under the lock, whoever booked it before.
func TestHandsAreCountedOverWhatEarlierBatchesHaveBooked(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	persons := func(d book.Decision) uint8 { return booked(t, s, d).Content.(*leaf.Lock).Persons }
	if got := persons(lockOf("paymentPlans/p_1", 150_000, 0)); got != 2 {
		t.Errorf("alone: %d", got)
	}
	if got := persons(lockOf("paymentPlans/p_2", 100_000, 29)); got != 3 {
		t.Errorf("beside another: %d", got)
	}
	if got := persons(lockOf("paymentPlans/p_3", 100_000, 30)); got != 2 {
		t.Errorf("when the other is old, and the second counts: %d", got)
	}
	booked(t, s, book.Decision{
		Reference: "void", Kind: leaf.DecisionPlanVoided, Resource: "paymentPlans/p_2", Day: today + 30, Content: &leaf.Voiding{Reason: leaf.VoidUnlock},
	})
	if got := persons(lockOf("paymentPlans/p_4", 100_000, 30)); got != 2 {
		t.Errorf("when the second is voided: %d", got)
	}
	policy := &leaf.Policy{EffectiveOn: today + 31, ApprovalDays: 7, Currencies: []leaf.Hands{{Currency: "EUR", Rows: []leaf.Row{{Persons: 7}}}}}
	booked(t, s, book.Decision{
		Reference: "v1/proposed", Kind: leaf.DecisionPolicyProposed, Resource: "policies/hands/versions/1", Person: "staff/a", Day: today, Content: policy,
	})
	booked(t, s, book.Decision{Reference: "v1", Kind: leaf.DecisionPolicyVersion, Resource: "policies/hands/versions/1", Person: "staff/b", Day: today, Content: policy})
	if got := persons(lockOf("paymentPlans/p_5", 1, 31)); got != 7 {
		t.Errorf("by a policy: %d", got)
	}
	audit(t, s)
}

// committed books drafts behind decisions, in a batch of their own by a store that
// remembers nothing.
func committed(t *testing.T, s *store.Store, decisions []book.Decision, drafts ...book.Draft) {
	t.Helper()
	u, err := book.NewUnit(decisions, drafts, today)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, store.Memory{})
	if err != nil || outcomes[0].Err != nil {
		t.Fatalf("%v, %v", err, outcomes)
	}
}

func said(kind leaf.DecisionKind, about, person string) book.Decision {
	return book.Decision{Reference: fmt.Sprint(about, "/", kind), Kind: kind, Resource: about, Person: person, Day: today}
}

// What a voided plan has paid, and a cost of long ago that is booked now, are found among
// what earlier batches have booked.
func TestWhatAVoidedPlanHasPaidIsReadUnderTheLock(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	const plan, other = "paymentPlans/p_1", "paymentPlans/p_2"
	committed(t, s, []book.Decision{said(leaf.DecisionRoundSnapshot, "allocationRounds/r_1", "staff/a"), said(leaf.DecisionRoundCommitted, "allocationRounds/r_1", "staff/b")},
		booktest.Draft(leaf.BankGift, "gift", booktest.Debit("asset:bank:main", 500_000), booktest.Credit("fund:general:available", 500_000)),
		booktest.Draft(leaf.RoundHold, "hold", booktest.Debit("fund:general:available", 150_000), booktest.Credit("round:r_1:general", 150_000)),
		booktest.Draft(leaf.RoundAward, "award", booktest.Debit("round:r_1:general", 150_000), booktest.Credit("award:w_1", 150_000)))
	booked(t, s, lockOf(plan, 150_000, 0))
	committed(t, s, []book.Decision{said(leaf.DecisionPlanApproved, plan, "staff/b"), said(leaf.DecisionPlanReleased, plan, "staff/a")})
	pay := booktest.Draft(leaf.AttemptSubmitted, "pay", booktest.Debit("award:w_1", 100_001), booktest.Credit("transit:sepa", 100_001))
	back := booktest.Draft(leaf.AttemptFailed, "back", booktest.Debit("transit:sepa", 1), booktest.Credit("award:w_1", 1))
	pay.Source, back.Source = plan+"/payments/y_1", plan+"/payments/y_1"
	committed(t, s, nil, pay)
	void := said(leaf.DecisionPlanVoided, plan, "")
	void.Content = &leaf.Voiding{Reason: leaf.VoidUnlock}
	booked(t, s, void)
	persons := func(amount int64, later leaf.Day) uint8 {
		return booked(t, s, lockOf(other, amount, later)).Content.(*leaf.Lock).Persons
	}
	if got := persons(100_000, 0); got != 3 {
		t.Errorf("beside what was paid: %d", got)
	}
	committed(t, s, nil, back)
	if got := persons(100_000, 1); got != 2 {
		t.Errorf("when some of it has come back: %d", got)
	}
	const name = "ledger/adjustments/1"
	cost := booktest.Draft(leaf.RunningCost, name, booktest.Debit("fund:general:available", 1), booktest.Credit("asset:bank:main", 1))
	cost.Source, cost.OccurredOn = name, today-300
	proposed, approved, again := said(leaf.DecisionAdjustmentProposed, name, "staff/a"), said(leaf.DecisionAdjustmentApproved, name, "staff/b"), said(leaf.DecisionAdjustmentApproved, name, "staff/c")
	again.Reference += "/again"
	committed(t, s, []book.Decision{proposed, approved, again}, cost)
	if got := persons(100_000, 2); got != 3 {
		t.Errorf("beside a cost of long ago: %d", got)
	}
	audit(t, s)
}
