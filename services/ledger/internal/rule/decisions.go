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
	// Roles are those of which the person needs one.
	Roles []leaf.Role
	// StepUp says that the person must have signed in a moment ago.
	StepUp bool
	// Rested says that the grant by which the person holds the role must rest no more.
	Rested bool
	// Lapsed says that who was a protection officer may take it for LapsedDays more.
	Lapsed bool
}

// MayTake reports whether somebody who holds roles may take a decision of this kind.
func (d Decision) MayTake(holds func(leaf.Role) bool) bool {
	return slices.ContainsFunc(d.Roles, holds)
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

// Short words for the table.
var (
	officer    = []leaf.Role{leaf.ProtectionOfficer}
	treasurer  = []leaf.Role{leaf.Treasurer}
	approver   = []leaf.Role{leaf.Approver}
	money      = []leaf.Role{leaf.Treasurer, leaf.Approver}
	deciders   = []leaf.Role{leaf.Verifier, leaf.ProtectionOfficer}
	colleagues = []leaf.Role{leaf.Caseworker, leaf.Verifier, leaf.Approver, leaf.Treasurer, leaf.ProtectionOfficer, leaf.Operator}
)

// decisions has a row for each kind.
var decisions = [...]Decision{
	leaf.DecisionStaff:              {By: access, Named: true, Taken: ByEither, Roles: colleagues, StepUp: true, Lapsed: true},
	leaf.DecisionGrantProposed:      {By: access, Named: true, Taken: BySomebody, Roles: colleagues, StepUp: true, Lapsed: true},
	leaf.DecisionGrantConfirmed:     {By: access, Named: true, Taken: ByEither, Roles: colleagues, StepUp: true, Lapsed: true},
	leaf.DecisionGrantRevoked:       {By: access, Named: true, Taken: BySomebody, Roles: colleagues, StepUp: true},
	leaf.DecisionFreeze:             {By: access, Named: true, Taken: ByEither, Roles: colleagues, StepUp: true},
	leaf.DecisionFreezeLifted:       {By: access, Named: true, Taken: ByEither, Roles: colleagues, StepUp: true},
	leaf.DecisionEngagement:         {By: access, Named: true, Taken: BySomebody, Roles: officer, StepUp: true},
	leaf.DecisionPolicyProposed:     {By: anyDesk, Named: true, Taken: BySomebody, Roles: []leaf.Role{leaf.Treasurer, leaf.ProtectionOfficer}, StepUp: true},
	leaf.DecisionPolicyVersion:      {By: anyDesk, Named: true, Taken: BySomebody, Roles: []leaf.Role{leaf.Approver, leaf.ProtectionOfficer}, StepUp: true},
	leaf.DecisionFamilyProposed:     {By: families, Taken: BySomebody, Roles: []leaf.Role{leaf.Caseworker}},
	leaf.DecisionFamilyDecided:      {By: families, Taken: ByEither, Roles: deciders},
	leaf.DecisionRoundSnapshot:      {By: disbursements, Named: true, Taken: BySomebody, Roles: treasurer},
	leaf.DecisionRoundCommitted:     {By: disbursements, Named: true, Taken: BySomebody, Roles: approver, StepUp: true},
	leaf.DecisionPlanLocked:         {By: disbursements, Named: true, Taken: BySomebody, Roles: treasurer},
	leaf.DecisionPlanApproved:       {By: disbursements, Named: true, Taken: BySomebody, Roles: approver, StepUp: true, Rested: true},
	leaf.DecisionPlanAuthorized:     {By: disbursements, Named: true, Taken: BySomebody, Roles: treasurer, StepUp: true},
	leaf.DecisionPlanReleased:       {By: disbursements, Named: true, Taken: BySomebody, Roles: treasurer, StepUp: true, Rested: true},
	leaf.DecisionPlanVoided:         {By: disbursements, Named: true, Taken: ByEither, Roles: colleagues},
	leaf.DecisionPlanLooked:         {By: disbursements, Named: true, Taken: BySomebody, Roles: deciders},
	leaf.DecisionFileFetched:        {By: disbursements, Named: true, Taken: BySomebody, Roles: treasurer, StepUp: true},
	leaf.DecisionRefusal:            {By: disbursements, Named: true, Taken: BySomebody, Roles: money},
	leaf.DecisionEmergencyApproved:  {By: []Service{Families, Disbursements}, Named: true, Taken: BySomebody, Roles: []leaf.Role{leaf.Verifier, leaf.ProtectionOfficer, leaf.Treasurer}, StepUp: true, Rested: true},
	leaf.DecisionEmergencyReviewed:  {By: []Service{Families, Disbursements}, Named: true, Taken: BySomebody, Roles: officer},
	leaf.DecisionReadLogRoot:        {By: families, Named: true, Taken: ByNobody},
	leaf.DecisionPeriodClosed:       {By: people, Named: true, Taken: BySomebody, Roles: money, StepUp: true},
	leaf.DecisionAdjustmentProposed: {By: people, Named: true, Taken: BySomebody, Roles: treasurer},
	leaf.DecisionAdjustmentApproved: {By: people, Named: true, Taken: BySomebody, Roles: approver, StepUp: true, Rested: true},
	leaf.DecisionSigningKeyRotated:  {By: people, Named: true, Taken: ByNobody},
	leaf.DecisionPeriodProposed:     {By: people, Named: true, Taken: BySomebody, Roles: treasurer, StepUp: true},
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
