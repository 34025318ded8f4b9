package rule

import (
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Basis says what must have been decided before a transaction, and about what.
type Basis uint8

const (
	// Undecided transactions need no decision.
	Undecided Basis = iota
	// ByRound needs a committed snapshot of each round whose accounts are moved.
	ByRound
	// ByPlan needs the release of the plan of the payment that is its source, by as many
	// persons as the plan needs.
	ByPlan
	// ByPlanOfAwards needs the same where it debits an award.
	ByPlanOfAwards
	// ByAdjustment needs the steps of the adjustment that is its source.
	ByAdjustment
)

// Process is what decisions are steps of.
type Process uint8

// The processes: a step is taken about an allocation round, a payment plan, an
// adjustment or the close of a period. Other decisions stand alone.
const (
	Alone Process = iota
	Round
	Plan
	Adjustment
	Period
)

// steps are the decisions of each process, in order: the first one, taken anew, voids
// those before. Nobody takes two about a round, an adjustment or a close; how many persons take
// those about a plan, and which it needs, is counted.
var steps = [...][]leaf.DecisionKind{
	Round:      {leaf.DecisionRoundSnapshot, leaf.DecisionRoundCommitted},
	Plan:       {leaf.DecisionPlanLocked, leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased},
	Adjustment: {leaf.DecisionAdjustmentProposed, leaf.DecisionAdjustmentApproved},
	Period:     {leaf.DecisionPeriodProposed, leaf.DecisionPeriodClosed},
}

// Process returns what the decisions behind a transaction are steps of.
func (b Basis) Process() Process {
	switch b {
	case ByRound:
		return Round
	case ByPlan, ByPlanOfAwards:
		return Plan
	case ByAdjustment:
		return Adjustment
	}
	return Alone
}

// Steps returns the decisions that count for a process, in order.
func (p Process) Steps() []leaf.DecisionKind { return slices.Clone(steps[p]) }

// StepOf returns the process that a decision is a step of, and whether it is the
// first one.
func StepOf(kind leaf.DecisionKind) (p Process, first bool) {
	for p, kinds := range steps {
		if i := slices.Index(kinds, kind); i >= 0 {
			return Process(p), i == 0
		}
	}
	return Alone, false
}

// RoundName returns the name under which decisions are recorded about the round of
// an account round:{id}:{fund}.
func RoundName(id string) string { return resource.AllocationRound.Of(id) }

// PlanOf cuts the plan, about which decisions are recorded, out of the name of a
// payment; false where the source is none.
func PlanOf(source string) (string, bool) {
	p := strings.Split(source, "/")
	if len(p) != 4 || p[0] != "paymentPlans" || p[2] != "payments" {
		return "", false
	}
	return p[0] + "/" + p[1], true
}
