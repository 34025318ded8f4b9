package staff

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Days of a grant.
const (
	// GrantDays is for how many days after the first it is in force.
	GrantDays = 180
	// RestDays is for how many days nobody may approve or release by it.
	RestDays = 7
	// RenewDays is how many days before its end a grant can be renewed.
	RenewDays = 60
	// RemindDays is how many days before its end all are told that it ends.
	RemindDays = 30
)

// State is how far a grant is. The zero State is invalid.
type State string

// The states, as the contract's GrantState has them.
const (
	Proposed  State = "PROPOSED"
	Confirmed State = "CONFIRMED"
	Revoked   State = "REVOKED"
)

// Grant is a role that a person holds from one day to another, both included.
type Grant struct {
	ID    string
	Staff string // the person's ID
	Role  Role
	State State
	// From, Until and RestsUntil are days: midnights of UTC.
	From, Until, RestsUntil time.Time
	// Proposer is the ID of who proposed it; empty for one that founds.
	Proposer string
	// Confirmers are the IDs of who confirmed it, in that order.
	Confirmers []string
	// Revokers are the IDs of who takes it back.
	Revokers []string
	// Leaves are the sequences of its leaves, in the order in which they were made.
	Leaves []int64
	// Created is when it was proposed.
	Created time.Time
}

// NewGrant makes a grant of role to the person staffID, proposed now by the person
// proposer, that rests for some days.
func NewGrant(staffID string, role Role, proposer string, rest int, now time.Time) Grant {
	from := now.UTC().Truncate(24 * time.Hour)
	return Grant{
		ID: resource.NewID(resource.KindGrant), Staff: staffID, Role: role, State: Proposed, Proposer: proposer,
		From: from, Until: from.AddDate(0, 0, GrantDays), RestsUntil: from.AddDate(0, 0, rest), Created: now,
	}
}

// Name returns the grant's resource name.
func (g Grant) Name() string { return resource.Grant.Of(g.Staff, g.ID) }

// InForce reports whether the person holds the role now, by what the row says.
func (g Grant) InForce(now time.Time) bool {
	return g.State == Confirmed && !now.Before(g.From) && !g.Over(now)
}

// Over reports whether the grant's last day has passed.
func (g Grant) Over(now time.Time) bool { return !now.Before(g.Until.AddDate(0, 0, 1)) }

// Renewable reports whether the grant ends so soon that it is renewed.
func (g Grant) Renewable(now time.Time) bool { return !now.AddDate(0, 0, RenewDays).Before(g.Until) }

// Ending reports whether the grant in force ends so soon that people are reminded.
func (g Grant) Ending(now time.Time) bool {
	return g.InForce(now) && !now.AddDate(0, 0, RemindDays).Before(g.Until)
}

// Commitment returns what the ledger's decision leaves commit to. The grant's random
// id keeps it from being guessed.
func (g Grant) Commitment() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity grant v2\n%s\n%s\n%s\n%s\n%s\n",
		g.Name(), g.Role, Day(g.From), Day(g.Until), Day(g.RestsUntil)))
	return sum[:]
}

// Open are the states in which a grant can be confirmed, or taken back.
func Open(v Verb) []State {
	if v == ConfirmGrant {
		return []State{Proposed}
	}
	return []State{Proposed, Confirmed}
}

// Verb is what people do with a grant.
type Verb string

// Who proposes a grant makes it; a day ends it.
const (
	ConfirmGrant Verb = "confirm"
	RevokeGrant  Verb = "revoke"
)

// CheckConfirm refuses a confirmation by the person with the ID by that could not
// count.
func (g Grant) CheckConfirm(by string, now time.Time) error {
	switch {
	case len(g.Leaves) == 0: // a draft whose leaf never came
		return fault.Missing("grant")
	case by == g.Staff:
		return fault.SamePerson("confirm a role of their own")
	case by == g.Proposer:
		return fault.SamePerson("confirm what they proposed")
	case g.State == Revoked:
		return fault.State("grant", string(g.State), string(Confirmed))
	case g.Over(now):
		return Expired()
	}
	return nil
}

// ConfirmedBy reports whether the person with the ID by has confirmed the grant.
func (g Grant) ConfirmedBy(by string) bool { return slices.Contains(g.Confirmers, by) }

// Expired is the fault of a step about a grant whose days are over.
func Expired() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonGrantExpired, "The days of this grant are over; propose it anew.")
}

// Pending is the fault of a proposal that another officer has made already.
func Pending() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonGrantPending, "Somebody else has proposed this role already; confirm that proposal or revoke it.")
}

// AlreadyFounded is the fault of a founding where something was granted before.
func AlreadyFounded() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonAlreadyFounded, "This installation has its first officers already: they grant all further roles.")
}

// Day writes a day as the contract does, "2026-11-24".
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
