package aidrequest

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// CycleState is where one cycle of an approved request stands.
type CycleState string

// The states of a cycle; the empty CycleState is invalid.
const (
	CycleApproved  CycleState = "APPROVED"
	CycleAwarded   CycleState = "AWARDED"
	CyclePaid      CycleState = "PAID"
	CycleCancelled CycleState = "CANCELLED"
)

// Cycle is one month of a request.
type Cycle struct {
	// Number counts from 1.
	Number int
	// State is where it stands.
	State CycleState
	// Part is which award of the cycle comes next or is running, from 1.
	Part int
	// Due is the first day of the month in which it can be funded.
	Due time.Time
	// Round has it while AWARDED and PAID, "allocationRounds/r_…".
	Round string
}

// Plan makes the cycles of a request that is approved now.
func Plan(cycles int, now time.Time) []Cycle {
	month := Month(now)
	plan := make([]Cycle, cycles)
	for i := range plan {
		plan[i] = Cycle{Number: i + 1, State: CycleApproved, Part: 1, Due: month.AddDate(0, i, 0)}
	}
	return plan
}

// Month is the first day of a time's month, in UTC.
func Month(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// Of reports whether a round has the cycle, paid or not yet.
func (c Cycle) Of(round string) bool {
	return (c.State == CycleAwarded || c.State == CyclePaid) && c.Round == round
}

// Report is what became of an awarded cycle: paid, or back for its next part.
// The second result is false where there is nothing to change: it was said
// before, or it is about a round that does not have the cycle any more.
func (c Cycle) Report(paid bool, round string) (Cycle, bool, error) {
	if round != "" && c.Round != "" && round != c.Round {
		return c, false, nil
	}
	switch {
	case c.State == CycleAwarded && paid:
		c.State = CyclePaid
		return c, true, nil
	case !paid && (c.State == CycleAwarded || c.State == CyclePaid):
		c.State, c.Round, c.Part = CycleApproved, "", c.Part+1
		return c, true, nil
	case c.State == CyclePaid && paid, c.State == CycleApproved && !paid && c.Part > 1:
		return c, false, nil
	}
	to := CycleApproved
	if paid {
		to = CyclePaid
	}
	return c, false, fault.State("cycle", string(c.State), string(to))
}
