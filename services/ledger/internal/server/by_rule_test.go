package server_test

import (
	"bytes"
	"slices"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// Whoever has the certificate of a service, and no person's token, decides in nobody's
// name, and by nobody only what no person decides.
func TestNoServiceDecidesForAPersonByRule(t *testing.T) {
	t.Parallel()
	f := setup(t)
	nobodys := map[string][]ledgerv1.DecisionKind{
		"access": {
			ledgerv1.DecisionKind_DECISION_KIND_GRANT_CONFIRMED, ledgerv1.DecisionKind_DECISION_KIND_FREEZE, ledgerv1.DecisionKind_DECISION_KIND_FREEZE_LIFTED,
		},
		"families":      {ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED, ledgerv1.DecisionKind_DECISION_KIND_READ_LOG_ROOT},
		"disbursements": {ledgerv1.DecisionKind_DECISION_KIND_PLAN_VOIDED},
		"donations":     nil, "gateway": nil,
	}
	for service, own := range nobodys {
		for number, name := range ledgerv1.DecisionKind_name {
			kind := ledgerv1.DecisionKind(number)
			if kind == ledgerv1.DecisionKind_DECISION_KIND_UNSPECIFIED {
				continue
			}
			draft := func(person string) *ledgerv1.RecordByRuleRequest {
				return &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{{
					Reference: service + "/" + name, Kind: kind, Person: person,
					Commitment: bytes.Repeat([]byte{1}, 32), Content: saidBy(kind),
				}}}
			}
			_, err := f.in(service, "").RecordByRule(t.Context(), draft("staff/s_1"))
			if !fault.OfKind(err, fault.PermissionDenied) {
				t.Errorf("%s records %s in the name of somebody: %v", service, name, err)
			}
			_, err = f.in(service, "").RecordByRule(t.Context(), draft(""))
			if mine := slices.Contains(own, kind); mine == fault.OfKind(err, fault.PermissionDenied) {
				t.Errorf("%s records %s by nobody: %v", service, name, err)
			}
		}
	}
}

// saidBy is something that a decision of a kind may say.
func saidBy(kind ledgerv1.DecisionKind) *ledgerv1.DecisionContent {
	const subject = "staff/s_2"
	out := &ledgerv1.DecisionContent{}
	switch kind {
	case ledgerv1.DecisionKind_DECISION_KIND_STAFF:
		out.Content = &ledgerv1.DecisionContent_Staff{Staff: &ledgerv1.StaffContent{Person: subject, Issuer: "https://id.example", Subject: "two"}}
	case ledgerv1.DecisionKind_DECISION_KIND_GRANT_REVOKED:
		out.Content = &ledgerv1.DecisionContent_GrantRevocation{GrantRevocation: &ledgerv1.GrantRevocationContent{Subject: subject, Role: asTreasurer}}
	case ledgerv1.DecisionKind_DECISION_KIND_FREEZE_LIFTED:
		out.Content = &ledgerv1.DecisionContent_Freeze{Freeze: &ledgerv1.FreezeContent{Subject: subject}}
	case ledgerv1.DecisionKind_DECISION_KIND_FREEZE:
		out.Content = &ledgerv1.DecisionContent_Freeze{Freeze: &ledgerv1.FreezeContent{Subject: subject, Until: today}}
	case ledgerv1.DecisionKind_DECISION_KIND_ENGAGEMENT:
		out.Content = &ledgerv1.DecisionContent_Engagement{Engagement: &ledgerv1.EngagementContent{Subject: subject, From: today, Until: today}}
	case ledgerv1.DecisionKind_DECISION_KIND_PLAN_VOIDED:
		out.Content = &ledgerv1.DecisionContent_PlanVoid{PlanVoid: &ledgerv1.PlanVoidContent{Reason: ledgerv1.PlanVoidReason_PLAN_VOID_REASON_FROZEN}}
	default:
		return postingtest.Content(kind)
	}
	return out
}
