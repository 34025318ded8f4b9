// Package inquiry is what somebody outside a case has to look into about a payment: a
// family that got nothing, or a bank that paid another account than was meant. It moves no
// money by itself.
package inquiry

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// State is where an inquiry stands. The zero State is invalid.
type State string

// An inquiry is opened by what happened, and ends with an outcome.
const (
	Open   State = "OPEN"   // nobody works on it
	Taken  State = "TAKEN"  // somebody does
	Closed State = "CLOSED" // it has an outcome
)

// Reason is why an inquiry was opened.
type Reason string

// A payment has at most one inquiry of each reason.
const (
	OtherAccount Reason = "OTHER_ACCOUNT" // the bank paid another account than was meant
	NotReceived  Reason = "NOT_RECEIVED"  // the family says that nothing came
)

// Verb is what people do with an inquiry.
type Verb string

// Somebody takes it, also over from another who is away, and closes what they took.
const (
	Take  Verb = "take"
	Close Verb = "close"
)

var steps = verb.Steps[Verb, State]{
	Take:  {From: []State{Open, Taken}, To: Taken},
	Close: {From: []State{Taken}, To: Closed},
}

// moves lists where an inquiry may go from each state.
var moves = map[State][]State{Open: {Taken}, Taken: {Closed}}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Inquiry is one of them.
type Inquiry struct {
	ID        string
	PaymentID string
	Family    string
	Reason    Reason
	State     State
	TakenBy   string
	// Outcome is what came out, in the words of the contract; empty before.
	Outcome   string
	CreatedAt time.Time
	ClosedOn  string
	// Handlers proposed or fetched a file with the payment in it.
	Handlers []string
}

// May reports, as a fault, that a person may not do this with the inquiry now. involved
// says that they ever had a part in the family's case.
func (i Inquiry) May(v Verb, person string, involved bool) error {
	if to, open := steps.Take(v, i.State); !open {
		return fault.State("inquiry", string(i.State), string(to))
	}
	switch {
	case slices.Contains(i.Handlers, person):
		return fault.SamePerson("look into a payment whose file they handled")
	case involved:
		return fault.New(fault.PermissionDenied, fault.ReasonInvolvedPerson, "Somebody must look into it who never had a part in the family's case.")
	case v == Take && i.TakenBy == person:
		return fault.New(fault.Precondition, fault.ReasonInquiryTaken, "You work on the inquiry already.")
	case v == Close && i.TakenBy != person:
		return fault.New(fault.Precondition, fault.ReasonInquiryNotTaken, "Take the inquiry first: somebody else works on it.")
	}
	return nil
}
