package leaf_test

import (
	"crypto/sha256"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// withContent holds one decision of each form of content, and one of a kind that
// nobody knows yet.
func withContent() map[string]leaf.Leaf {
	hands := &leaf.Policy{EffectiveOn: day("2026-12-01"), ApprovalDays: 7, Currencies: []leaf.Hands{
		{
			Currency: "EUR", CashCap: 100_000, EmergencyFamilyCap: 30_000, EmergencyMonthCap: 300_000,
			Rows: []leaf.Row{{UpTo: 200_000, Persons: 2}, {Persons: 3, WaitDays: 3}},
		},
		{Currency: "PLN", Rows: []leaf.Row{{Persons: 3}}},
	}}
	grant := &leaf.Grant{
		Subject: "staff/s_3", Role: leaf.Treasurer, From: day("2026-11-24"), Until: day("2027-05-23"), RestsUntil: day("2026-12-01"),
	}
	all := map[string]leaf.Leaf{}
	for name, d := range map[string]leaf.Decision{
		"staff": {Kind: leaf.DecisionStaff, Reference: "staff/s_3/bound", Resource: "staff/s_3",
			Content: &leaf.Staff{Person: "staff/s_3", Identity: sha256.Sum256([]byte("identity"))}},
		"grant-proposed": {Kind: leaf.DecisionGrantProposed, Reference: "grant/g_1/proposed", Resource: "staff/s_3/grants/g_1", Content: grant},
		"grant-revoked": {Kind: leaf.DecisionGrantRevoked, Reference: "grant/g_1/revoked", Resource: "staff/s_3/grants/g_1",
			Content: &leaf.Revocation{Subject: "staff/s_3", Role: leaf.Treasurer}},
		"freeze": {Kind: leaf.DecisionFreeze, Reference: "staff/s_3/freezes/1", Resource: "staff/s_3",
			Content: &leaf.Freeze{Subject: "staff/s_3", Until: day("2026-11-25")}},
		"freeze-lifted": {Kind: leaf.DecisionFreezeLifted, Reference: "staff/s_3/freezes/1/lifted", Resource: "staff/s_3",
			Content: &leaf.Thaw{Subject: "staff/s_3"}},
		"engagement": {Kind: leaf.DecisionEngagement, Reference: "staff/s_4/engagements/1", Resource: "staff/s_4",
			Content: &leaf.Engagement{Subject: "staff/s_4", From: day("2026-12-01"), Until: day("2026-12-31")}},
		"policy-version": {Kind: leaf.DecisionPolicyVersion, Reference: "policies/hands/versions/1/agreed", Resource: "policies/hands/versions/1", Content: hands},
		"other-policy": {Kind: leaf.DecisionPolicyVersion, Reference: "policies/rounds/versions/1/agreed", Resource: "policies/rounds/versions/1",
			Content: &leaf.Policy{EffectiveOn: day("2026-12-01"), Amounts: []leaf.PolicyAmount{{Currency: "EUR", Amount: 10_000}, {Currency: "PLN"}}}},
		"plan-locked": {Kind: leaf.DecisionPlanLocked, Reference: "paymentPlans/p_1/1/lock", Resource: "paymentPlans/p_1",
			Content: &leaf.Lock{Currency: "EUR", Amount: 250_000, Persons: 3, WaitDays: 3, Looks: 2}},
		"plan-voided": {Kind: leaf.DecisionPlanVoided, Reference: "paymentPlans/p_1/1/void", Resource: "paymentPlans/p_1",
			Content: &leaf.Voiding{Reason: leaf.VoidObjection}},
		"emergency-approved": {Kind: leaf.DecisionEmergencyApproved, Reference: "emergencyGrants/e_1/approve/s_2", Resource: "emergencyGrants/e_1",
			Content: &leaf.Emergency{Currency: "EUR", Amount: 30_000}},
		"decision-of-a-later-kind": {Kind: 200, Reference: "later/1", Content: &leaf.Opaque{Bytes: "later"}},
	} {
		d.Header, d.Person, d.Day, d.Commitment = header(11), "staff/s_2", day("2026-11-24"), sha256.Sum256([]byte(name))
		all[name] = leaf.Leaf{Decision: &d}
	}
	return all
}
