package rule

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Decision is what a kind of decision is like. Whoever reads it does not change its
// lists.
type Decision struct {
	// Kind is what the row is about.
	Kind leaf.DecisionKind
	// By are those who may record it.
	By []Service
	// Named says that it names what was decided about. Decisions about families do
	// not: the books, which are for ever, must not be able to say about which.
	Named bool
	// Taken says whether somebody takes it.
	Taken Taker
}

// Taker says whether a decision has a person.
type Taker uint8

const (
	// ByNobody is for what the program decides by a rule.
	ByNobody Taker = iota
	// BySomebody is for what a person decides.
	BySomebody
	// ByEither is for what a person decides, and the program where it follows from
	// another decision.
	ByEither
)

// decisions has a row for each kind.
var decisions = [...]Decision{
	leaf.DecisionStaff:              {By: access, Named: true, Taken: ByEither},
	leaf.DecisionGrantProposed:      {By: access, Named: true, Taken: ByEither},
	leaf.DecisionGrantConfirmed:     {By: access, Named: true, Taken: ByEither},
	leaf.DecisionGrantRevoked:       {By: access, Named: true, Taken: ByEither},
	leaf.DecisionFreeze:             {By: access, Named: true, Taken: ByEither},
	leaf.DecisionFreezeLifted:       {By: access, Named: true, Taken: BySomebody},
	leaf.DecisionEngagement:         {By: access, Named: true, Taken: BySomebody},
	leaf.DecisionPolicyProposed:     {By: anyDesk, Named: true, Taken: BySomebody},
	leaf.DecisionPolicyVersion:      {By: anyDesk, Named: true, Taken: BySomebody},
	leaf.DecisionFamilyProposed:     {By: families, Taken: BySomebody},
	leaf.DecisionFamilyDecided:      {By: families, Taken: BySomebody},
	leaf.DecisionRoundSnapshot:      {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionRoundCommitted:     {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionPlanLocked:         {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionPlanApproved:       {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionPlanAuthorized:     {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionPlanReleased:       {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionPlanVoided:         {By: disbursements, Named: true, Taken: ByEither},
	leaf.DecisionPlanLooked:         {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionFileFetched:        {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionRefusal:            {By: disbursements, Named: true, Taken: BySomebody},
	leaf.DecisionEmergencyApproved:  {By: []Service{Families, Disbursements}, Named: true, Taken: BySomebody},
	leaf.DecisionEmergencyReviewed:  {By: []Service{Families, Disbursements}, Named: true, Taken: BySomebody},
	leaf.DecisionReadLogRoot:        {By: families, Named: true, Taken: ByNobody},
	leaf.DecisionPeriodClosed:       {By: people, Named: true, Taken: BySomebody},
	leaf.DecisionAdjustmentProposed: {By: people, Named: true, Taken: BySomebody},
	leaf.DecisionAdjustmentApproved: {By: people, Named: true, Taken: BySomebody},
	leaf.DecisionSigningKeyRotated:  {By: people, Named: true, Taken: ByNobody},
}

// OfDecision returns what a kind of decision is like. Nobody records one that is not
// known.
func OfDecision(kind leaf.DecisionKind) Decision {
	var d Decision
	if int(kind) < len(decisions) {
		d = decisions[kind]
	}
	d.Kind = kind
	return d
}

// Decisions returns the rows of the table in the order of the kinds.
func Decisions() []Decision {
	var rows []Decision
	for kind := range decisions[1:] {
		rows = append(rows, OfDecision(leaf.DecisionKind(kind+1)))
	}
	return rows
}

// BroughtBy reports whether a service may record decisions of this kind.
func (d Decision) BroughtBy(s Service) bool { return slices.Contains(d.By, s) }
