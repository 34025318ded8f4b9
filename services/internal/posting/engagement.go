package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Engagement is what an auditor is engaged for.
type Engagement struct {
	// ID is the engagement's, Staff that of the auditor.
	ID, Staff string
	// From and Until are its first and last day, "2026-11-24".
	From, Until string
	// Commitment fits these terms of this engagement only.
	Commitment []byte
}

func (e Engagement) draft(ref string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: ref, Kind: ledgerv1.DecisionKind_DECISION_KIND_ENGAGEMENT,
		Resource: resource.Engagement.Of(e.Staff, e.ID), Commitment: e.Commitment,
		Content: &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Engagement{Engagement: &ledgerv1.EngagementContent{
			Subject: resource.Staff.Of(e.Staff), From: e.From, Until: e.Until,
		}}},
	}
}

// Engaged records that the person with an ID agrees to an engagement.
func Engaged(e Engagement, by string) *ledgerv1.DecisionDraft {
	return e.draft(reference.Engagement(e.ID, "agreed", by))
}

// EngagementEnded records that the person with an ID ends it; the commitment is of that.
func EngagementEnded(e Engagement, by string) *ledgerv1.DecisionDraft {
	return e.draft(reference.Engagement(e.ID, "ended", by))
}
