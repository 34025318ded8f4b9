// Package staff holds the rules about the people who work for the fund: which
// roles they may hold together, for how long, and when they are frozen. It
// knows people by random pseudonyms and by an HMAC of their identity only.
package staff

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Terms of grants and freezes.
const (
	GrantTerm  = 180 * 24 * time.Hour
	FreezeTerm = 24 * time.Hour
)

// Member is a person of the staff with what is in force for them.
type Member struct {
	// ID is the last part of the resource name, "s_…".
	ID string
	// Grants are in force, ordered by role.
	Grants []Grant
	// FrozenUntil is when the freeze in force ends; zero where there is none.
	FrozenUntil time.Time
	// Created is when the person was enrolled.
	Created time.Time
}

// Grant is a role that a person holds from Created until Expires.
type Grant struct {
	ID      string
	Staff   string // the person's ID
	Role    Role
	Created time.Time
	Expires time.Time
}

// NewGrant makes a grant of role to the person staffID from now on.
func NewGrant(staffID string, role Role, now time.Time) Grant {
	return Grant{
		ID: resource.NewID(resource.KindGrant), Staff: staffID, Role: role,
		Created: now, Expires: now.Add(GrantTerm),
	}
}

// Name returns the grant's resource name.
func (g Grant) Name() string { return resource.Grant.Of(g.Staff, g.ID) }

// Commitment returns what the ledger's decision leaf commits to. The grant's
// random id keeps it from being guessed.
func (g Grant) Commitment() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity grant v1\n%s\n%s\n%s\n%s\n",
		g.Name(), g.Role, g.Created.UTC().Format(time.RFC3339), g.Expires.UTC().Format(time.RFC3339)))
	return sum[:]
}

// Frozen reports whether every call of the person is refused at the time now.
func (m Member) Frozen(now time.Time) bool { return m.FrozenUntil.After(now) }

// Roles returns what the person may act as: nothing while frozen.
func (m Member) Roles(now time.Time) []Role {
	if m.Frozen(now) {
		return nil
	}
	roles := make([]Role, len(m.Grants))
	for i, g := range m.Grants {
		roles[i] = g.Role
	}
	return roles
}

// Lacking returns those of the roles asked for that the person does not hold,
// each once, refusing any that could not be held together with the others.
func (m Member) Lacking(asked []Role) ([]Role, error) {
	var held, lacking []Role
	for _, g := range m.Grants {
		held = append(held, g.Role)
	}
	for _, r := range asked {
		if !slices.Contains(held, r) && !slices.Contains(lacking, r) {
			lacking = append(lacking, r)
		}
	}
	return lacking, CheckTogether(slices.Concat(held, lacking))
}

// NoneLeft is the fault of a draw that no person is left for.
func NoneLeft() *fault.Fault {
	return fault.New(fault.Precondition, "NOBODY_AVAILABLE",
		"No other person with the needed role is available.")
}
