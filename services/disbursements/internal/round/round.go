// Package round holds allocation rounds and the awards that they make: what
// states they go through and who may move them. The arithmetic of a round is in
// package allocation.
package round

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// State is where a round stands. The zero State is invalid.
type State string

// A refused commit leads back to Simulated.
const (
	Open       State = "OPEN"       // it has no snapshot
	Simulated  State = "SIMULATED"  // its snapshot says who would get what
	Committing State = "COMMITTING" // its commit is ordered
	Committed  State = "COMMITTED"  // its awards are booked
	Discarded  State = "DISCARDED"  // it was given up
)

// Verb is what people do with a round.
type Verb string

// What a commit does afterwards is nobody's act: see Step.
const (
	Simulate Verb = "simulate"
	Commit   Verb = "commit"
	Discard  Verb = "discard"
)

// steps are what people do with rounds.
var steps = verb.Steps[Verb, State]{
	Simulate: {From: []State{Open, Simulated}, To: Simulated},
	Commit:   {From: []State{Simulated}, To: Committing},
	Discard:  {From: []State{Open, Simulated}, To: Discarded},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// By is what the person who acts is to a round.
type By struct {
	Person string
}

// May reports, as a fault, that a person may not do this with the round now.
func (r Round) May(v Verb, by By) error {
	if to, open := steps.Take(v, r.State); !open {
		return fault.State("allocation round", string(r.State), string(to))
	}
	if v == Commit {
		return r.mayCommit(by)
	}
	return nil
}

// Step is what the commit of a round has to do next. A step is repeated until it is
// noted as done.
type Step string

// The steps of a commit, in order; Unreserve is the way back after a refused
// hold.
const (
	Reserve   Step = "RESERVE"
	Hold      Step = "HOLD"
	Award     Step = "AWARD"
	Book      Step = "BOOK"
	Unreserve Step = "UNRESERVE"
)

// Refusal is why the last commit was refused as a whole; empty where it was not.
type Refusal = fault.Reason

// The ledger refuses a round for one of two reasons.
const (
	InsufficientFunds = fault.ReasonInsufficientFunds // a fund holds less than the snapshot counted on
	FundInDeficit     = fault.ReasonFundInDeficit     // a fund carries a deficit
)

// Round is an allocation round.
type Round struct {
	ID             string
	State          State
	Currency       string
	Step           int64
	Budgets        []Budget
	OpenedBy       string
	SimulatedBy    string
	CommittedBy    string
	SnapshotDigest []byte
	Progress
	Refusal     Refusal
	Created     time.Time
	SimulatedAt *time.Time
	OrderedAt   *time.Time
	CommittedAt *time.Time
	// NarrowFunds gave nothing, because their rules are for too few families.
	NarrowFunds []string
}

// Progress is where the commit of a round stands. Each step is done in pages.
type Progress struct {
	// Commits is how often the commit was ordered.
	Commits int32
	// CommitStep is what is done now.
	CommitStep Step
	// CommitAfter is the number of the allocation up to which the step is done.
	CommitAfter int
	// BookedAfter is the id of the award up to which the awards are booked: their
	// order is random, and says nothing about that of the allocations.
	BookedAfter string
}

// Budget is what a round may spend of one fund, in minor units.
type Budget struct {
	Fund  string
	Minor int64
}

// Name is the round's resource name.
func (r Round) Name() string { return resource.AllocationRound.Of(r.ID) }

// mayCommit checks that a person may commit the round: somebody else opened it, and
// somebody else simulated it. Who knows which families does not matter: the rule decides
// about them, not the person.
func (r Round) mayCommit(by By) error {
	if by.Person == r.OpenedBy || by.Person == r.SimulatedBy {
		return SamePerson()
	}
	return nil
}

// SamePerson is the fault for a commit by who opened or simulated the round.
func SamePerson() *fault.Fault {
	return fault.SamePerson("commit a round that they opened or simulated")
}

// Insufficient is the fault for a round that asks for more than there is.
func Insufficient() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonInsufficientFunds, "A fund does not hold what the round asks of it; nothing was changed.")
}

// InDeficit is the fault for a commit of a fund that carries a deficit.
func InDeficit() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonFundInDeficit, "A fund carries a deficit that must be covered first; nothing was changed.")
}
