// Package verification holds how a family becomes verified: proposed by one
// person, decided by another to whom the case was drawn by lot, and by nobody
// else.
package verification

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Outcome is where a verification stands.
type Outcome string

// The outcomes; the empty Outcome is invalid.
const (
	Proposed  Outcome = "PROPOSED"
	Confirmed Outcome = "CONFIRMED"
	Rejected  Outcome = "REJECTED"
	Returned  Outcome = "RETURNED" // more information is needed
)

// Time is how long a case that was drawn stays with the person drawn, who can read its
// file meanwhile; then it is drawn anew.
const Time = 72 * time.Hour

// Why is why a verification is drawn anew.
type Why string

// The reasons; the empty Why is none.
const (
	RanOut Why = "RAN_OUT" // the person drawn let it lie for too long
	Asleep Why = "ASLEEP"  // they are away or frozen, or have lost the role
	NotMe  Why = "NOT_ME"  // they say that it must not be they
	Theirs Why = "OWNER"   // the case has become theirs
)

// Verification is one proposal and its decision.
type Verification struct {
	// ID is "v_…".
	ID string
	// Owner is whose case it was, Proposer who proposed it.
	Owner, Proposer string
	// Confirmer is the person drawn by lot.
	Confirmer string
	// StandsIn says that they are an officer, for want of a verifier.
	StandsIn bool
	// Draw counts how often it was drawn.
	Draw int
	// Outcome is where it stands.
	Outcome Outcome
	// DrawnAt is when the person was drawn.
	DrawnAt time.Time
}

// Passed says why the case is drawn anew now, empty where it is not; awake says whether
// the person drawn can act.
func (v Verification) Passed(awake bool, now time.Time) Why {
	switch {
	case v.Outcome != Proposed:
		return ""
	case !now.Before(v.DrawnAt.Add(Time)):
		return RanOut
	case !awake:
		return Asleep
	}
	return ""
}

// CheckDecider refuses everybody but the person drawn; owner and proposer are
// told that it has to be somebody else.
func (v Verification) CheckDecider(person string) error {
	switch {
	case person == v.Owner || person == v.Proposer:
		return family.SamePerson()
	case person != v.Confirmer:
		return fault.New(fault.PermissionDenied, fault.ReasonNotDrawn, "The case was drawn by lot to another person.")
	}
	return nil
}

// MayUnseal reports whether person may open the case's data now as the person
// drawn.
func (v Verification) MayUnseal(person string, now time.Time) bool {
	return person == v.Confirmer && v.Outcome == Proposed && now.Sub(v.DrawnAt) < Time
}

// FamilyState is where the family goes with an outcome.
func (o Outcome) FamilyState() family.State {
	switch o {
	case Confirmed:
		return family.Verified
	case Rejected:
		return family.Rejected
	case Returned:
		return family.NeedsInfo
	default:
		return family.InReview
	}
}
