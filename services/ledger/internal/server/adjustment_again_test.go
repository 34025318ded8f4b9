package server_test

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// What a large cost lacks in hands is added by further approvals, and nothing is final
// before.
func TestAnAdjustmentIsApprovedAgainAsLongAsItIsNotBooked(t *testing.T) {
	t.Parallel()
	f := setup(t)
	// Given an adjustment that was approved while the books were out of reach,
	id := f.propose("asset:bank:main")
	adjustments := store.NewAdjustments(f.store, dutytest.Queue(t))
	key, ok := resource.Adjustment.Cut(id)
	if !ok {
		t.Fatalf("%s is no adjustment", id)
	}
	decide := func(person string, later leaf.Day) error {
		return adjustments.Decide(t.Context(), key, person, adjustment.Approved, leaf.DayOf(f.now)+later)
	}
	if err := decide("staff/s_2", 0); err != nil {
		t.Fatal(err)
	}
	// when others approve it too, and one of them twice, once on a later day,
	for _, again := range []struct {
		person string
		later  leaf.Day
	}{{"staff/s_3", 0}, {"staff/s_3", 0}, {"staff/s_2", 0}, {"staff/s_2", 3}} {
		if err := decide(again.person, again.later); err != nil {
			t.Fatal(err)
		}
	}
	// then each of them is named once, each day's approval is a decision of its own,
	a, err := adjustments.Adjustment(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Approvers(); !slices.Equal(got, []string{"staff/s_2", "staff/s_3"}) || len(a.Decisions()) != 4 {
		t.Errorf("approved by %v, %d decisions", got, len(a.Decisions()))
	}
	// and its proposer is none of them.
	if err := decide(a.Proposer, 1); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("the proposer approves: %v", err)
	}
}
