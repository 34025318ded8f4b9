// Package agreement holds what a version of a policy is: one person proposes it, another
// confirms it, and it counts from its day on. What it says is for the policy itself.
package agreement

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

const (
	// Delay is for how long a version stands before it counts, in production.
	Delay = 48 * time.Hour
	// confirming is for how long a proposal that names no day can be confirmed.
	confirming = 72 * time.Hour
)

// State is where a version stands, in the contract's word. The zero State is invalid.
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

// Version is one version of a policy.
type Version struct {
	// Kind names the policy among those of its service.
	Kind string
	// Number counts the versions of its kind, from 1.
	Number int
	State  State
	// EffectiveOn is the first day on which it counts.
	EffectiveOn time.Time
	// Content is what it says, as JSON.
	Content []byte
	// ProposedBy and ConfirmedBy are pseudonyms; ConfirmedBy is empty while it waits.
	ProposedBy, ConfirmedBy string
	Created                 time.Time
	Confirmed               *time.Time
	// Sequence is where the ledger's log has the confirmation; zero while it waits.
	Sequence int64
	// InForce says that it counts today: of those whose day has come, the one that was
	// confirmed last.
	InForce bool
}

// ID is the number as it stands in a name.
func (v Version) ID() string { return strconv.Itoa(v.Number) }

// Commitment is what the leaves of a version commit to: its day and its content.
func (v Version) Commitment() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity policy v1\n%s\n%s\n", v.EffectiveOn.Format(time.DateOnly), v.Content))
	return sum[:]
}

// Read reads what the version says into a policy.
func (v Version) Read(policy any) error {
	if err := json.Unmarshal(v.Content, policy); err != nil {
		return fmt.Errorf("read version %d of policy %s: %w", v.Number, v.Kind, err)
	}
	return nil
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

// Begins returns the day of a proposal that names none: it leaves time to confirm it.
func Begins(now time.Time, delay time.Duration) time.Time {
	if delay > 0 {
		delay += confirming
	}
	return Earliest(now, delay)
}

// DayWrong says why a proposal cannot begin on a day, nothing where it can; field names
// the day.
func DayWrong(field string, on, earliest time.Time) []fault.Violation {
	switch {
	case on.Before(earliest):
		return []fault.Violation{{Field: field, Reason: fault.FieldTooSmall, Description: "must leave 48 hours to look at it: " + earliest.Format(time.DateOnly) + " or later"}}
	case on.After(earliest.AddDate(1, 0, 0)):
		return []fault.Violation{{Field: field, Reason: fault.FieldTooLarge, Description: "must be within a year"}}
	}
	return nil
}

// May reports, as a fault, that a person may not do this with the version now. earliest
// is the first day on which it may begin.
func (v Version) May(do Verb, person string, earliest time.Time) error {
	to, open := steps.Take(do, v.State)
	switch {
	case !open:
		return fault.State("policy version", string(v.State), string(to))
	case v.ProposedBy == person:
		return fault.SamePerson("propose and confirm a policy")
	case v.EffectiveOn.Before(earliest):
		return fault.New(fault.Precondition, fault.ReasonPolicyTooSoon,
			"The policy would begin before "+earliest.Format(time.DateOnly)+", the first day that leaves 48 hours to look at it. Propose it anew with a later day.")
	}
	return nil
}
