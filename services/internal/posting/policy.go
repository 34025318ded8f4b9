package posting

import (
	"strconv"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Decisions about policies.

// PolicyVersion is a version of the policy of hands that somebody takes a step about.
type PolicyVersion struct {
	// Policy is the last part of its name, "hands".
	Policy string
	// Number counts its versions.
	Number int
	// Commitment fits this content only.
	Commitment []byte
	// Hands is what it says.
	Hands *ledgerv1.HandsPolicyContent
}

// PolicyProposed records the proposal of a version.
func PolicyProposed(p PolicyVersion) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED, reference.PolicyProposed(p.Policy, p.Number))
}

// PolicyConfirmed records that a second person agrees: from its day on it counts.
func PolicyConfirmed(p PolicyVersion) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_POLICY_VERSION, reference.PolicyConfirmed(p.Policy, p.Number))
}

func (p PolicyVersion) draft(kind ledgerv1.DecisionKind, ref string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: ref, Kind: kind, Resource: resource.PolicyVersion.Of(p.Policy, strconv.Itoa(p.Number)), Commitment: p.Commitment,
		Content: &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_HandsPolicy{HandsPolicy: p.Hands}},
	}
}
