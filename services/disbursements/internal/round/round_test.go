package round

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var states = []State{Open, Simulated, Committing, Committed, Discarded}

func TestARoundTakesOnlyItsOwnSteps(t *testing.T) {
	t.Parallel()
	allowed := map[Verb][]State{Simulate: {Open, Simulated}, Commit: {Simulated}, Discard: {Open, Simulated}}
	for _, from := range states {
		for _, v := range []Verb{Simulate, Commit, Discard} {
			err := Round{State: from, OpenedBy: "staff/s_a"}.May(v, By{Person: "staff/s_c"})
			if open := slices.Contains(allowed[v], from); (err == nil) != open || !open && !fault.Is(err, fault.ReasonIllegalState) {
				t.Errorf("%s from %s: %v", v, from, err)
			}
		}
	}
}

func TestOnlyAnAvailableAwardIsCancelled(t *testing.T) {
	t.Parallel()
	for _, from := range []AwardState{Available, InPayment, Paid, Cancelled} {
		if err := (AwardRecord{State: from}).May(CancelAward); (err == nil) != (from == Available) {
			t.Errorf("from %s: %v", from, err)
		}
	}
}

func TestWhoMayCommit(t *testing.T) {
	t.Parallel()
	r := Round{State: Simulated, OpenedBy: "staff/s_a", SimulatedBy: "staff/s_b"}
	for _, test := range []struct {
		person string
		reason fault.Reason
	}{
		{"staff/s_a", "SAME_PERSON"}, {"staff/s_b", "SAME_PERSON"}, {"staff/s_c", ""},
	} {
		err := r.May(Commit, By{Person: test.person})
		if test.reason == "" && err != nil || test.reason != "" && !fault.Is(err, test.reason) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
