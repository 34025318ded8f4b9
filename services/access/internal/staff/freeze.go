package staff

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Terms of freezes. Those of a day are what the ledger's rule has: one day for a freeze
// by one person, seven for a repeat.
const (
	// FreezeTerm is how long a freeze by one person lasts, and how long one that takes
	// two waits for the second.
	FreezeTerm = 24 * time.Hour
	// RepeatDays is for how many days after a freeze another one of the same person
	// takes two.
	RepeatDays = 7
	// MaxFreeze bounds for how many days ahead a freeze is lengthened.
	MaxFreeze = 30
)

// FreezeState is how far a freeze is. The zero state is invalid.
type FreezeState string

// The states.
const (
	FreezeProposed FreezeState = "PROPOSED"
	Frozen         FreezeState = "FROZEN"
	FreezeOver     FreezeState = "OVER"
)

// Step is what a person does about a freeze.
type Step string

// The steps.
const (
	StepFreeze Step = "FREEZE"
	StepExtend Step = "EXTEND"
	StepLift   Step = "LIFT"
)

// Freeze is that every call of somebody is refused for a time.
type Freeze struct {
	ID string
	// Staff is the ID of who is frozen.
	Staff string
	State FreezeState
	// Until is the last day, as the leaves say it; Expires the hour.
	Until   time.Time
	Created time.Time
	Expires time.Time
	// Steps are what was done about it, in that order.
	Steps []FreezeStep
}

// FreezeStep is what somebody did about a freeze.
type FreezeStep struct {
	Step     Step
	Until    time.Time
	Person   string
	Sequence *int64 // nil while its leaf is owed
}

// InForce reports whether calls are refused now.
func (f Freeze) InForce(now time.Time) bool { return f.State == Frozen && f.Expires.After(now) }

// Freezers returns who froze the person, or made it longer.
func (f Freeze) Freezers() []string {
	var by []string
	for _, s := range f.Steps {
		if s.Step == StepFreeze || s.Step == StepExtend && !s.Until.After(f.Until) {
			by = append(by, s.Person)
		}
	}
	return by
}

// Asking returns the last person who wants a step and whom nobody has joined yet, with
// the day that they gave; empty where there is none.
func (f Freeze) Asking(step Step) (person string, until time.Time) {
	for _, s := range f.Steps {
		if s.Step == step && (step != StepExtend || s.Until.After(f.Until)) {
			person, until = s.Person, s.Until
		}
	}
	return person, until
}

// wanting returns who wants a step with a day.
func (f Freeze) wanting(step Step, until time.Time) []string {
	var by []string
	for _, s := range f.Steps {
		if s.Step == step && s.Until.Equal(until) {
			by = append(by, s.Person)
		}
	}
	return by
}

// CheckSecond refuses a step by the person with the ID by that could not count: by who
// is frozen, and by the second of two of whom both froze.
func (f Freeze) CheckSecond(step Step, until time.Time, by string, now time.Time) error {
	freezers, others := f.Freezers(), slices.DeleteFunc(f.wanting(step, until), func(p string) bool { return p == by })
	froze := func(p string) bool { return slices.Contains(freezers, p) }
	switch {
	case !f.InForce(now):
		return fault.New(fault.Precondition, fault.ReasonNotFrozen, "The person is not frozen.")
	case by == f.Staff:
		return fault.SamePerson("change a freeze of their own")
	case len(others) > 0 && froze(by) && !slices.ContainsFunc(others, func(p string) bool { return !froze(p) }):
		return fault.New(fault.Precondition, fault.ReasonFreezersAlone, "One of the two must not have frozen the person.")
	}
	return nil
}

// CheckUntil refuses a day to which a freeze cannot be lengthened.
func (f Freeze) CheckUntil(until, now time.Time) error {
	if !until.After(f.Until) {
		return fault.Field("until", fault.FieldTooSmall, "must be after the last day of the freeze")
	}
	if until.After(now.AddDate(0, 0, MaxFreeze)) {
		return fault.Field("until", fault.FieldTooLarge, "must be at most 30 days ahead")
	}
	return nil
}

// Commitment returns what the leaves of a step with a day commit to.
func (f Freeze) Commitment(step Step, until time.Time) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity freeze v2\n%s\n%s\n%s\n%s\n", step, f.ID, f.Staff, Day(until)))
	return sum[:]
}
