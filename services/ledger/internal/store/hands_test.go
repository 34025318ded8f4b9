package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
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
