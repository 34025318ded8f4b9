// Package family holds the household that aid goes to: the states it moves
// through and what belongs to it. What is personal here is sealed wherever it is
// stored.
package family

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// State is where a family stands.
type State string

// The states; the empty State is invalid.
const (
	Draft       State = "DRAFT"
	Submitted   State = "SUBMITTED"
	InReview    State = "IN_REVIEW"
	NeedsInfo   State = "NEEDS_INFO"
	Verified    State = "VERIFIED"
	ReverifyDue State = "REVERIFY_DUE"
	Suspended   State = "SUSPENDED"
	Provisional State = "PROVISIONAL"
	Rejected    State = "REJECTED"
	Closed      State = "CLOSED"
)

// moves are all legal moves.
var moves = map[State][]State{
	Draft:       {Submitted, Provisional, Closed},
	Submitted:   {InReview, Provisional, Closed},
	InReview:    {Verified, NeedsInfo, Rejected, Closed},
	NeedsInfo:   {Submitted, Closed},
	Provisional: {Submitted, Closed},
	Verified:    {ReverifyDue, Suspended, Closed},
	ReverifyDue: {InReview, Suspended, Closed},
	Suspended:   {Verified, ReverifyDue, Closed},
}

// Move checks that a family may go from one state to another.
func Move(from, to State) error { return fault.Move("family", moves, from, to) }

// Ended reports whether nothing may be added any more.
func (s State) Ended() bool { return s == Rejected || s == Closed }

// Family is what can be told of a family without opening anything.
type Family struct {
	// ID is the pseudonym, "f_…".
	ID string
	// State is where it stands, Version counts the changes of it.
	State   State
	Version int
	// Entered counts what was entered about it as a whole, from 1.
	Entered int
	// Owner is whose case it is, "staff/s_…".
	Owner string
	// Deputy has the case beside the owner; empty for nobody.
	Deputy string
	// Holds are what holds it beside its state.
	Holds
	// Proposer and Confirmer are of the latest verification; empty before.
	Proposer, Confirmer string
	// Check is by which way something was checked independently, an enum's name; empty where
	// nothing was. Seen says that it was verified, whatever was checked.
	Check string
	Seen  bool
	// StandsIn says that the confirmer is an officer, for want of a verifier.
	StandsIn bool
	// CreatedAt is the day on which it was registered, UpdatedAt that on which it last
	// moved.
	CreatedAt, UpdatedAt time.Time
}

// Scope is who asks, and whether they reach only own cases and those drawn to
// them. It becomes part of each query: another's family is not found.
type Scope struct {
	// Person is the staff pseudonym.
	Person string
	// All lifts the restriction to cases.
	All bool
	// Waiting adds the families that wait for somebody outside their cases, whose they are.
	Waiting bool
	// Stops says that the change stops something, which a locked file does not hinder.
	Stops bool
}

// Reason is why a family is suspended.
type Reason string

// The reasons; the empty Reason is invalid.
const (
	Safety        Reason = "SAFETY"
	Silence       Reason = "SILENCE"
	Doubt         Reason = "DOUBT"
	StatusChanged Reason = "STATUS_CHANGED"
)

// Missing is the fault for a family that is not there or not the caller's.
func Missing() error { return fault.Missing("family") }

// SamePerson is the fault for somebody who may not do the second step because
// they did the first.
func SamePerson() error {
	return fault.SamePerson("do both steps")
}

// CheckOpen refuses additions to a family that has ended.
func CheckOpen(s State) error {
	if s.Ended() {
		return fault.New(fault.Precondition, fault.ReasonFamilyClosed, "The family's case has ended.")
	}
	return nil
}

// CheckUnseen refuses a change of what somebody is verifying.
func CheckUnseen(s State) error {
	if s == InReview {
		return fault.New(fault.Precondition, fault.ReasonFamilyInReview, "The family is being verified; have it sent back first.")
	}
	return nil
}

// Revision counts the changes of what was entered about the family, and of its state.
func (f Family) Revision() int64 { return int64(f.Version) + int64(f.Entered) }

// CheckPrisoner refuses another prisoner once somebody has been asked to verify the
// family behind this one.
func CheckPrisoner(s State) error {
	if s != Draft && s != Submitted && s != NeedsInfo {
		return fault.State("family", string(s), string(NeedsInfo))
	}
	return nil
}

// Holdings counts what a registration consists of.
type Holdings struct {
	Members, Contacts, Consents int
}

// CheckComplete refuses a registration that lacks something, naming each part.
func CheckComplete(h Holdings) error {
	f := fault.New(fault.Precondition, fault.ReasonIncomplete, "The registration is not complete.")
	for _, part := range []struct {
		name  string
		count int
	}{{"members", h.Members}, {"contacts", h.Contacts}, {"consents", h.Consents}} {
		if part.count == 0 {
			f.Violations = append(f.Violations, fault.Violation{Field: part.name, Reason: fault.FieldRequired, Description: "at least one in force is needed"})
		}
	}
	if len(f.Violations) == 0 {
		return nil
	}
	return f
}
