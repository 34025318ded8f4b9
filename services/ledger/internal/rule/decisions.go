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
	// Person says that somebody takes it; one that nobody takes has no person.
	Person bool
}

// decisions has a row for each kind.
var decisions = [...]Decision{
	leaf.DecisionGrant:                 {By: []Service{Access}, Named: true, Person: true},
	leaf.DecisionVerificationProposed:  {By: []Service{Families}, Person: true},
	leaf.DecisionVerificationConfirmed: {By: []Service{Families}, Person: true},
	leaf.DecisionRequestApproved:       {By: []Service{Families}, Person: true},
	leaf.DecisionPolicyVersion:         {By: []Service{Donations, Disbursements, Families}, Named: true, Person: true},
	leaf.DecisionRoundSnapshot:         {By: disbursements, Named: true, Person: true},
	leaf.DecisionRoundCommitted:        {By: disbursements, Named: true, Person: true},
	leaf.DecisionPlanLocked:            {By: disbursements, Named: true, Person: true},
	leaf.DecisionPlanApproved:          {By: disbursements, Named: true, Person: true},
	leaf.DecisionPlanAuthorized:        {By: disbursements, Named: true, Person: true},
	leaf.DecisionPlanReleased:          {By: disbursements, Named: true, Person: true},
	leaf.DecisionUnsealing:             {By: []Service{Families}, Person: true},
	leaf.DecisionErasure:               {By: []Service{Families}, Person: true},
	leaf.DecisionPeriodClosed:          {By: people, Named: true, Person: true},
	leaf.DecisionReadLogRoot:           {By: []Service{Families}, Named: true},
	leaf.DecisionAdjustmentProposed:    {By: people, Named: true, Person: true},
	leaf.DecisionAdjustmentApproved:    {By: people, Named: true, Person: true},
	leaf.DecisionSigningKeyRotated:     {By: people, Named: true},
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
