package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// Decisions about policies.

// PolicyVersion is a version of a policy that somebody takes a step about.
type PolicyVersion struct {
	// Name is its resource name, "policies/hands/versions/3".
	Name string
	// Commitment fits what it says only.
	Commitment []byte
	// Content is what of that the books go by.
	Content *ledgerv1.DecisionContent
}

// PolicySteps are both steps about a version.
func PolicySteps(p PolicyVersion) (proposed, confirmed *ledgerv1.DecisionDraft) {
	return PolicyProposed(p), PolicyConfirmed(p)
}

// PolicyProposed records the proposal of a version.
func PolicyProposed(p PolicyVersion) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED, reference.PolicyProposed(p.Name))
}

// PolicyConfirmed records that a second person agrees: from its day on it counts.
func PolicyConfirmed(p PolicyVersion) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_POLICY_VERSION, reference.PolicyConfirmed(p.Name))
}

func (p PolicyVersion) draft(kind ledgerv1.DecisionKind, ref string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{Reference: ref, Kind: kind, Resource: p.Name, Commitment: p.Commitment, Content: p.Content}
}

// HandsPolicy is what the leaves of a version of the policy of hands say.
func HandsPolicy(p *ledgerv1.HandsPolicyContent) *ledgerv1.DecisionContent {
	return &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_HandsPolicy{HandsPolicy: p}}
}

// Policy is what the leaves of a version of any other policy say: its first day, and the
// amounts that the books go by.
func Policy(effectiveOn string, amounts ...*ledgerv1.PolicyAmount) *ledgerv1.DecisionContent {
	return &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Policy{Policy: &ledgerv1.PolicyContent{
		EffectiveOn: effectiveOn, Amounts: amounts,
	}}}
}
