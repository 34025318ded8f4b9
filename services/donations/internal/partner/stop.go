package partner

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// What stops a partner by rule.
const (
	// MostDeclines is how many payments may be declined within DeclineWindow.
	MostDeclines  = 20
	DeclineWindow = time.Hour
	// LeastDisputes is from how many disputes on their share counts: one donor's stops
	// nobody. DisputeShare is one of so many gifts received within DisputeWindow: 0.5 %.
	LeastDisputes = 2
	DisputeShare  = 200
	DisputeWindow = 60 * 24 * time.Hour
)

// StopReason is why a partner is stopped.
type StopReason string

// The reasons.
const (
	Declines StopReason = "DECLINES"
	Disputes StopReason = "DISPUTES"
	Staff    StopReason = "STAFF"
)

// State is whether a partner may start pledges.
type State string

// The states.
const (
	Open         State = "OPEN"
	Stopped      State = "STOPPED"
	LiftProposed State = "LIFT_PROPOSED"
)

// Verb is what people do about it, as in the URL.
type Verb string

// The verbs: stopping takes one person, starting two.
const (
	Halt        Verb = "stop"
	ProposeLift Verb = "proposeLift"
	ConfirmLift Verb = "confirmLift"
)

var steps = verb.Steps[Verb, State]{
	Halt:        {From: []State{Open}, To: Stopped},
	ProposeLift: {From: []State{Stopped, LiftProposed}, To: LiftProposed},
	ConfirmLift: {From: []State{LiftProposed}, To: Open},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Stop is what keeps a partner from starting pledges, or last kept it. The zero Stop is of
// one that was never stopped.
type Stop struct {
	Partner  string
	Reason   StopReason
	Since    *time.Time
	Proposer string
	LiftedAt *time.Time
}

// State is what the stop comes to.
func (s Stop) State() State {
	switch {
	case s.Since == nil || s.LiftedAt != nil:
		return Open
	case s.Proposer != "":
		return LiftProposed
	default:
		return Stopped
	}
}

// May reports, as a fault, why a person may not do something about it.
func (s Stop) May(v Verb, person string) error {
	to, open := steps.Take(v, s.State())
	switch {
	case !open:
		return fault.State("partner", string(s.State()), string(to))
	case v == ConfirmLift && s.Proposer == person:
		return fault.SamePerson("propose to lift a stop and confirm it")
	}
	return nil
}

// Happened is what happened to a partner's payments within the windows.
type Happened struct{ Declined, Disputed, Received int64 }

// Stops says why a partner is stopped by rule, empty where it is not.
func (h Happened) Stops() StopReason {
	switch {
	case h.Declined > MostDeclines:
		return Declines
	case h.Disputed >= LeastDisputes && h.Disputed*DisputeShare >= h.Received:
		return Disputes
	}
	return ""
}
