package round

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var states = []State{Open, Simulated, Committing, Committed, Discarded}

func TestARoundTakesOnlyItsOwnSteps(t *testing.T) {
	t.Parallel()
	allowed := map[[2]State]bool{
		{Open, Simulated}: true, {Open, Discarded}: true, {Simulated, Simulated}: true, {Simulated, Committing}: true,
		{Simulated, Discarded}: true, {Committing, Committed}: true, {Committing, Simulated}: true,
	}
	for _, from := range states {
		for _, to := range states {
			if err := Move(from, to); (err == nil) != allowed[[2]State{from, to}] {
				t.Errorf("%s → %s: %v", from, to, err)
			}
		}
	}
}

func TestNothingLeadsOutOfAFinalState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state, final := Open, false
		for range rapid.IntRange(1, 12).Draw(t, "moves") {
			to := rapid.SampledFrom(states).Draw(t, "to")
			if err := Move(state, to); err == nil {
				if final {
					t.Fatalf("left %s for %s", state, to)
				}
				state, final = to, slices.Contains([]State{Committed, Discarded}, to)
			} else if !fault.Is(err, "ILLEGAL_STATE") {
				t.Fatalf("refused by %v", err)
			}
		}
	})
}

func TestAnAwardTakesOnlyItsOwnSteps(t *testing.T) {
	t.Parallel()
	list := []AwardState{Available, InPayment, Paid, Cancelled}
	allowed := map[[2]AwardState]bool{
		{Available, InPayment}: true, {Available, Cancelled}: true, {InPayment, Available}: true, {InPayment, Paid}: true,
		{Paid, Available}: true,
	}
	for _, from := range list {
		for _, to := range list {
			if err := MoveAward(from, to); (err == nil) != allowed[[2]AwardState{from, to}] {
				t.Errorf("%s → %s: %v", from, to, err)
			}
		}
	}
}

func TestWhoMayCommit(t *testing.T) {
	t.Parallel()
	r := Round{OpenedBy: "staff/s_a", SimulatedBy: "staff/s_b"}
	for _, test := range []struct {
		person   string
		involved bool
		reason   fault.Reason
	}{
		{"staff/s_a", false, "SAME_PERSON"}, {"staff/s_b", false, "SAME_PERSON"},
		{"staff/s_c", true, "INVOLVED_PERSON"}, {"staff/s_c", false, ""},
	} {
		err := r.MayCommit(test.person, test.involved)
		if test.reason == "" && err != nil || test.reason != "" && !fault.Is(err, test.reason) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
