package postingtest

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// Content is something that a decision of a kind may say; nil for kinds that say
// nothing beside their commitment, or that no test records.
func Content(kind ledgerv1.DecisionKind) *ledgerv1.DecisionContent {
	switch kind {
	case ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED:
		return posting.LockContent(posting.Lock{Currency: "EUR", Minor: 1_000_000})
	case ledgerv1.DecisionKind_DECISION_KIND_EMERGENCY_APPROVED:
		return &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Emergency{Emergency: &ledgerv1.EmergencyContent{
			CurrencyCode: "EUR", Amount: 30_000,
		}}}
	case ledgerv1.DecisionKind_DECISION_KIND_GRANT_PROPOSED, ledgerv1.DecisionKind_DECISION_KIND_GRANT_CONFIRMED:
		return posting.GrantContent(posting.Grant{Subject: "staff/s_3", Role: "TREASURER", From: Today, Until: Today, RestsUntil: Today})
	case ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED, ledgerv1.DecisionKind_DECISION_KIND_POLICY_VERSION:
		return posting.Policy("2026-11-26")
	}
	return nil
}
