// Package aidrequest holds what families ask for: a request with its monthly
// cycles, who may decide about it, and the tier and weight with which a cycle
// goes into an allocation round.
package aidrequest

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// MaxCycles bounds how many months a request runs.
const MaxCycles = 24

// State is where a request stands.
type State string

// The states of a request; the empty State is invalid.
const (
	Submitted State = "SUBMITTED"
	Approved  State = "APPROVED"
	Rejected  State = "REJECTED"
	Withdrawn State = "WITHDRAWN"
	Closed    State = "CLOSED"
)

var moves = map[State][]State{
	Submitted: {Approved, Rejected, Withdrawn},
	Approved:  {Closed, Withdrawn},
	Closed:    {Approved}, // a payment came back
}

// Move checks that a request may go from one state to another.
func Move(from, to State) error { return fault.Move("aid request", moves, from, to) }

// Verb is what people do with a request.
type Verb string

// Payments close a request, and open it again.
const (
	Approve  Verb = "approve"
	Reject   Verb = "reject"
	Withdraw Verb = "withdraw"
)

// steps are what people do with requests.
var steps = verb.Steps[Verb, State]{
	Approve:  {From: []State{Submitted}, To: Approved},
	Reject:   {From: []State{Submitted}, To: Rejected},
	Withdraw: {From: []State{Submitted, Approved}, To: Withdrawn},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// CheckAsked refuses to change a request that somebody has decided.
func (r Request) CheckAsked() error {
	if r.State != Submitted {
		return fault.State("aid request", string(r.State), string(Submitted))
	}
	return nil
}

// Take checks that a verb is open in the state of the request.
func (r Request) Take(v Verb) error {
	if to, open := steps.Take(v, r.State); !open {
		return fault.State("aid request", string(r.State), string(to))
	}
	return nil
}

// Request is what a family asks for.
type Request struct {
	// ID is "a_…", FamilyID "f_…".
	ID, FamilyID string
	// Category and Urgency are enum names.
	Category, Urgency string
	// Amount is of each cycle, Minimum the least that is of use; zero where any
	// amount is.
	Amount  money.Amount
	Minimum int64
	// Cycles is how many months.
	Cycles int
	// State is where it stands.
	State State
	// Version counts what was decided about it, from 1; Asked is the one in which it was
	// asked for as it stands.
	Version, Asked int
	// Submitter entered it, Owner's case it is, Decider approved or rejected it.
	Submitter, Owner, Decider string
	// Rejection is an enum's name, empty unless rejected.
	Rejection string
	// Progress is where each approved cycle stands, by number.
	Progress []Cycle
	// CreatedAt is when it was submitted.
	CreatedAt time.Time
}

// Check checks a request that is submitted now; amounts are checked already.
func (r Request) Check() error {
	switch {
	case r.Category == "":
		return fault.Field("category", fault.FieldRequired, "is required")
	case r.Minimum > r.Amount.MinorUnits:
		return fault.Field("minimum.minorUnits", fault.FieldTooLarge, "must not be more than the amount")
	case r.Cycles < 1 || r.Cycles > MaxCycles:
		return fault.Field("cycles", fault.FieldOutOfRange, "must be from 1 to 24")
	}
	return nil
}

// CheckDecider refuses who submitted the request or owns the case.
func (r Request) CheckDecider(person string) error {
	if person == r.Submitter || person == r.Owner {
		return family.SamePerson()
	}
	return nil
}

// CheckDecision refuses a decision by the wrong person, or one that leads nowhere; owner
// is whose case it is now, insiders are those who have entered into it.
func (r *Request) CheckDecision(owner string, insiders family.Insiders, person string, v Verb) error {
	r.Owner = owner
	if err := r.CheckDecider(person); err != nil {
		return err
	}
	if err := insiders.MayConfirm(person); err != nil {
		return err
	}
	return r.Take(v)
}

// CheckFundable refuses a family whose requests cannot be approved or paid.
func CheckFundable(state family.State, consented bool) error {
	if err := family.CheckHeld(state); err != nil {
		return err
	}
	switch {
	case state == family.Suspended:
		return fault.New(fault.Precondition, fault.ReasonFamilySuspended, "The family is suspended.")
	case state != family.Verified && state != family.ReverifyDue:
		return fault.New(fault.Precondition, fault.ReasonFamilyNotVerified, "The family is not verified.")
	case !consented:
		return ConsentMissing()
	}
	return nil
}

// ConsentMissing is the fault for a family without a consent to aid in force.
func ConsentMissing() error {
	return fault.New(fault.Precondition, fault.ReasonConsentMissing, "The family's consent to aid is not in force.")
}

// Missing is the fault for a request that is not there or not the caller's.
func Missing() error { return fault.Missing("aid request") }
