// Package staff holds the rules about the people who work for the fund: which
// roles they may hold together, for how long, who may give them, and when they are
// frozen. It knows people by random pseudonyms and by an HMAC of their identity only.
package staff

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// FreezeTerm is how long a freeze lasts.
const FreezeTerm = 24 * time.Hour

// Member is a person of the staff with what is in force for them.
type Member struct {
	// ID is the last part of the resource name, "s_…".
	ID string
	// Enrolled says that a leaf in the ledger binds the pseudonym to the identity.
	Enrolled bool
	// Grants are in force or proposed, ordered by role.
	Grants []Grant
	// FrozenUntil is when the freeze in force ends; zero where there is none.
	FrozenUntil time.Time
	// Created is when the person was enrolled.
	Created time.Time
}

// Frozen reports whether every call of the person is refused at the time now.
func (m Member) Frozen(now time.Time) bool { return m.FrozenUntil.After(now) }

// Held returns the grants that give the person something: those in force, and none
// while they are frozen.
func (m Member) Held(now time.Time) []Grant {
	if m.Frozen(now) {
		return nil
	}
	var held []Grant
	for _, g := range m.Grants {
		if g.InForce(now) {
			held = append(held, g)
		}
	}
	return held
}

// CheckFor refuses a role that the person may not be given beside those that they
// hold and those that are proposed for them.
func (m Member) CheckFor(role Role, now time.Time) error {
	roles := []Role{role}
	for _, g := range m.Grants {
		if g.Role == role && g.InForce(now) {
			return fault.New(fault.Precondition, fault.ReasonRoleHeld, "The person holds this role already.")
		}
		if g.State == Proposed || g.InForce(now) {
			roles = append(roles, g.Role)
		}
	}
	slices.Sort(roles)
	return CheckTogether(slices.Compact(roles))
}

// NoneLeft is the fault of a draw that no person is left for.
func NoneLeft() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNobodyAvailable,
		"No other person with the needed role is available.")
}

// Unknown is the fault for an identity that nobody here has.
func Unknown() *fault.Fault {
	return fault.New(fault.NotFound, fault.ReasonStaffUnknown, "This identity has no role here.")
}

// Freeze is that one person refuses another every call for a time.
type Freeze struct {
	ID string
	// Staff is the ID of who is frozen, By that of who did it.
	Staff, By string
	// Until is when it ends.
	Until time.Time
}

// Commitment returns what the ledger's decision leaf commits to.
func (f Freeze) Commitment() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity freeze v1\n%s\n%s\n%s\n", f.ID, f.Staff, Day(f.Until)))
	return sum[:]
}
