package family

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// Verb is what people do with a family.
type Verb string

// The verbs that there are.
const (
	Submit              Verb = "submit"
	ProposeVerification Verb = "proposeVerification"
	ConfirmVerification Verb = "confirmVerification"
	RejectVerification  Verb = "rejectVerification"
	RequestInfo         Verb = "requestInfo"
	Redraw              Verb = "redraw"
	Transfer            Verb = "transfer"
	Reassign            Verb = "reassign"
	SetDeputy           Verb = "setDeputy"
	Lock                Verb = "lock"
	Unlock              Verb = "unlock"
	Look                Verb = "look"
	Suspend             Verb = "suspend"
	Reinstate           Verb = "reinstate"
	Unseal              Verb = "unseal"
)

// everyState are all states that there are.
var everyState = []State{
	Draft, Submitted, InReview, NeedsInfo, Verified, ReverifyDue, Suspended, Provisional, Rejected, Closed,
}

// steps are what people do with families. A reinstatement leads to the state before the
// suspension; to unseal, and to say whose case it is, moves nothing.
var steps = verb.Steps[Verb, State]{
	Submit:              {From: verb.Before(moves, Submitted), To: Submitted},
	ProposeVerification: {From: verb.Before(moves, InReview), To: InReview},
	ConfirmVerification: {From: []State{InReview}, To: Verified},
	RejectVerification:  {From: []State{InReview}, To: Rejected},
	RequestInfo:         {From: []State{InReview}, To: NeedsInfo},
	Redraw:              {From: []State{InReview}, To: InReview},
	Suspend:             {From: verb.Before(moves, Suspended), To: Suspended},
	Reinstate:           {From: []State{Suspended}, To: "reinstated"},
	Unseal:              {From: everyState},
	Transfer:            {From: everyState},
	Lock:                {From: everyState},
	Unlock:              {From: everyState},
	Look:                {From: everyState},
	Reassign:            {From: everyState},
	SetDeputy:           {From: everyState},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Take checks that a verb is open in a state.
func Take(v Verb, from State) error {
	if to, open := steps.Take(v, from); !open {
		return fault.State("family", string(from), string(to))
	}
	return nil
}

// Suspension is who suspended a family, and whose case it was then.
type Suspension struct {
	Suspender, Owner string
}

// MayLift refuses who imposed a suspension, and whose case it is about.
func (s Suspension) MayLift(person string) error {
	if person == s.Suspender || person == s.Owner {
		return SamePerson()
	}
	return nil
}

// CheckKeeper refuses, as if there were none, who may change a family only as its owner or
// deputy.
func (f Family) CheckKeeper(person string) error {
	if f.Owner != person && (f.Deputy != person || person == "") {
		return Missing()
	}
	return nil
}

// CheckOwner refuses, as if there were none, who may hand a family over only as its owner.
func (f Family) CheckOwner(person string) error {
	if f.Owner != person {
		return Missing()
	}
	return nil
}

// CheckReassign refuses to take a case from somebody who can see to it.
func CheckReassign(owner string, caseworkers []string) error {
	if slices.Contains(caseworkers, owner) {
		return fault.New(fault.Precondition, fault.ReasonOwnerAwake, "Whose case it is can hand it over themselves.")
	}
	return nil
}

// CheckHandOver refuses somebody to whom a case cannot be given; field names them.
func CheckHandOver(field, owner, to string, caseworkers []string) error {
	switch {
	case to == owner:
		return fault.Field(field, fault.FieldNotPossible, "must be another person than whose case it is")
	case !slices.Contains(caseworkers, to):
		return fault.Field(field, fault.FieldNotPossible, "must be a caseworker who is not away or frozen")
	}
	return nil
}
