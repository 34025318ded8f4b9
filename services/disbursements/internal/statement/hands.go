package statement

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/second"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// State is where a statement stands. The zero State is invalid.
type State string

// A statement acts when it is taken in; what came back by it is not paid again before
// somebody else has confirmed it.
const (
	Waiting   State = "WAITING"   // it waits for a second person
	Confirmed State = "CONFIRMED" // a second person has it from the bank as well
)

// GapState is where what is missing before a statement stands; empty where nothing is.
type GapState string

// A gap is passed over by two, or filled by the statement that was missing.
const (
	GapOpen     GapState = "OPEN"     // nobody has done anything about it
	GapProposed GapState = "PROPOSED" // one person proposes to pass it over
	GapPassed   GapState = "PASSED"   // two have; its difference is in suspense
)

// Verb is what people do with a statement.
type Verb string

// Both take a person each, besides who came before.
const (
	Confirm Verb = "confirm"
	PassGap Verb = "passGap"
)

// steps are what people do with statements. A gap has its own states.
var steps = verb.Steps[Verb, State]{
	Confirm: {From: []State{Waiting}, To: Confirmed},
	PassGap: {From: []State{Waiting, Confirmed}},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Standing is what decides who may do something with a statement.
type Standing struct {
	State State
	// ImportedBy is who imported it first, Fetchers those who fetched a payment file that
	// it tells of, Taken the day on which it was taken in.
	ImportedBy string
	Fetchers   []string
	Taken      time.Time
	// Gap is what is missing before it, GapProposedBy who would pass it over.
	Gap           GapState
	GapProposedBy string
}

// May reports, as a fault, that a person may not do this with the statement now.
func (s Standing) May(v Verb, person string, now time.Time) error {
	if v == PassGap {
		return s.mayPass(person)
	}
	to, open := steps.Take(v, s.State)
	switch {
	case !open:
		return fault.State("statement", string(s.State), string(to))
	case s.ImportedBy == person:
		return fault.SamePerson("confirm a statement that they imported")
	case (second.Hands{First: s.ImportedBy, Fetchers: s.Fetchers, Since: s.Taken}).Bars(person, now):
		return fault.SamePerson("confirm a statement of a payment file that they fetched")
	}
	return nil
}

func (s Standing) mayPass(person string) error {
	switch s.Gap {
	case GapOpen:
		return nil
	case GapProposed:
		if s.GapProposedBy == person {
			return fault.SamePerson("pass over a gap alone")
		}
		return nil
	}
	return fault.New(fault.Precondition, fault.ReasonNoStatementGap, "Nothing is missing before the statement that was not passed over.")
}
