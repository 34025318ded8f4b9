// Package staff holds the rules about the people who work for the fund: which
// roles they may hold together, for how long, who may give them, and when they are
// frozen. It knows people by random pseudonyms and by an HMAC of their identity only.
package staff

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Member is a person of the staff with what is in force for them.
type Member struct {
	// ID is the last part of the resource name, "s_…".
	ID string
	// State is how far the enrolment is: once it is confirmed, leaves in the ledger bind the
	// pseudonym to the identity.
	State State
	// Leaf says that the proposal's leaf stands in the log.
	Leaf bool
	// Proposer is the ID of who proposed the person; empty for who founded the installation.
	Proposer string
	// Confirmers are the IDs of who confirmed who they are.
	Confirmers []string
	// Grants are in force or proposed, ordered by role.
	Grants []Grant
	// FrozenUntil is when the freeze in force ends; zero where there is none.
	FrozenUntil time.Time
	// AwayUntil is the last day on which they say that they are away, Deputy the ID of
	// who takes their cases meanwhile.
	AwayUntil time.Time
	Deputy    string
	// SessionsSince is when their sessions were ended; zero where that never was.
	SessionsSince time.Time
	// Created is when the person was proposed.
	Created time.Time
}

// Frozen reports whether every call of the person is refused at the time now.
func (m Member) Frozen(now time.Time) bool { return m.FrozenUntil.After(now) }

// SessionEnded reports whether a token that was issued at a time is refused. A token
// says its time in whole seconds: one of the same second is refused, too.
func (m Member) SessionEnded(issued time.Time) bool { return issued.Before(m.SessionsSince) }

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

// Ending returns the grants that end soon and were not renewed.
func (m Member) Ending(now time.Time) []Grant {
	var ending []Grant
	for _, g := range m.Grants {
		renewed := slices.ContainsFunc(m.Grants, func(h Grant) bool {
			return h.Role == g.Role && h.State == Confirmed && h.Until.After(g.Until)
		})
		if g.Ending(now) && !renewed {
			ending = append(ending, g)
		}
	}
	return ending
}

// CheckFor refuses a role that the person may not be given beside those that they
// hold and those that are proposed for them. One that ends soon is renewed.
func (m Member) CheckFor(role Role, now time.Time) error {
	roles := []Role{role}
	for _, g := range m.Grants {
		if g.Role == role && g.InForce(now) && !g.Renewable(now) {
			return fault.New(fault.Precondition, fault.ReasonRoleHeld, "The person holds this role already.")
		}
		if g.State == Proposed || g.InForce(now) {
			roles = append(roles, g.Role)
		}
	}
	slices.Sort(roles)
	return CheckTogether(slices.Compact(roles))
}

// Unknown is the fault for an identity that nobody here has.
func Unknown() *fault.Fault {
	return fault.New(fault.NotFound, fault.ReasonStaffUnknown, "This identity has no role here.")
}
