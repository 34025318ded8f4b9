package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

// What leaves of decisions say beside their commitment.

// Grant is a role that somebody gets.
type Grant struct {
	// Subject is the pseudonym of who gets it, "staff/s_…".
	Subject string
	// Role is the name of the contract's Role, without its prefix.
	Role string
	// From and Until bound it; both days belong to it.
	From, Until string
	// RestsUntil is the first day on which the person may approve or release by it.
	RestsUntil string
}

// GrantContent is that of GRANT_PROPOSED and GRANT_CONFIRMED.
func GrantContent(g Grant) *ledgerv1.DecisionContent {
	return &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Grant{Grant: &ledgerv1.GrantContent{
		Subject: g.Subject, Role: policyv1.Role(policyv1.Role_value["ROLE_"+g.Role]),
		From: g.From, Until: g.Until, RestsUntil: g.RestsUntil,
	}}}
}

// Lock is what a payment plan is locked with.
type Lock struct {
	// Currency is an ISO 4217 code, Minor the sum of the plan in minor units.
	Currency string
	Minor    int64
	// Looks is how many looks at families the plan needs.
	Looks int
}

// LockContent is that of PLAN_LOCKED; the ledger says how many persons it needs.
func LockContent(l Lock) *ledgerv1.DecisionContent {
	return &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_PlanLock{PlanLock: &ledgerv1.PlanLockContent{
		CurrencyCode: l.Currency, Amount: l.Minor, Looks: int32(l.Looks),
	}}}
}
