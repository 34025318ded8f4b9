package hands

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// Kind names the policy among all that there are: policies/hands.
const Kind = "hands"

const (
	// Delay is for how long a version stands before it counts, in production.
	Delay = 48 * time.Hour
	// Confirming is for how long a proposal that names no day can be confirmed.
	Confirming = 72 * time.Hour
)

// State is where a version stands. The zero State is invalid.
type State string

// A version that is not confirmed in time stays proposed, and another is proposed.
const (
	Proposed  State = "PROPOSED"  // it waits for a second person
	Confirmed State = "CONFIRMED" // two have agreed on it
)

// Verb is what people do with a version.
type Verb string

// Confirm is all that is done with one.
const Confirm Verb = "confirm"

var steps = verb.Steps[Verb, State]{Confirm: {From: []State{Proposed}, To: Confirmed}}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Version is one version of the policy.
type Version struct {
	Number int
	State  State
	Policy Policy
	// ProposedBy and ConfirmedBy are pseudonyms; ConfirmedBy is empty while it waits.
	ProposedBy, ConfirmedBy string
	Created                 time.Time
	Confirmed               *time.Time
	// InForce says that the ledger goes by it today.
	InForce bool
}

// Earliest returns the first day on which what is confirmed now may begin: the next one
// at the earliest, since the ledger takes no policy of its own day.
func Earliest(now time.Time, delay time.Duration) time.Time {
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	if at := now.Add(delay); at.After(day) {
		day = at.UTC().Add(24*time.Hour - 1).Truncate(24 * time.Hour)
	}
	return day
}

// May reports, as a fault, that a person may not do this with the version now. earliest
// is the first day on which it may begin, who those who hold the roles.
func (v Version) May(do Verb, person string, earliest time.Time, who Holders) error {
	to, open := steps.Take(do, v.State)
	switch {
	case !open:
		return fault.State("policy version", string(v.State), string(to))
	case v.ProposedBy == person:
		return fault.SamePerson("propose and confirm a policy")
	case v.Policy.EffectiveOn.Before(earliest):
		return fault.New(fault.Precondition, fault.ReasonPolicyTooSoon,
			"The policy would begin before "+earliest.Format(time.DateOnly)+", the first day that leaves 48 hours to look at it. Propose it anew with a later day.")
	case !who.Enough(v.Policy.Most()):
		return fault.New(fault.Precondition, fault.ReasonNotEnoughPeople, "Fewer people hold the roles than the policy asks for.")
	}
	return nil
}
