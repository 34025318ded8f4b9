package verify

import (
	"math/big"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// policies are those about how many hands are needed.
type policies struct {
	proposed map[string]*leaf.Decision // the last proposal, by resource
	decided  []*leaf.Policy            // in the order of the log
}

// policy takes a decision about a policy into account, which takes two persons.
func (j *judge) policy(d *leaf.Decision) {
	if words := rule.PolicyWrong(d.Resource, d.Content.(*leaf.Policy)); words != "" {
		j.report(RulePolicy, "%s %s", d.Resource, words)
		return
	}
	if d.Kind == leaf.DecisionPolicyProposed {
		j.policies.proposed[d.Resource] = d
		return
	}
	p := j.policies.proposed[d.Resource]
	switch {
	case p == nil:
		j.report(RulePolicy, "%s is decided, but nobody has proposed it before this", d.Resource)
	case p.Commitment != d.Commitment || !leaf.SameContent(d.Kind, p.Content, d.Content):
		j.report(RulePolicy, "%s is decided with another content than was proposed", d.Resource)
	case p.Person == d.Person:
		j.report(RulePolicy, "%s is decided by %s, who proposed it", d.Resource, d.Person)
	case d.Content.(*leaf.Policy).EffectiveOn < d.Day+rule.PolicyDelay:
		j.report(RulePolicy, "%s is decided on %s to be in force on %s, which is not later", d.Resource, d.Day, d.Content.(*leaf.Policy).EffectiveOn)
	case strings.HasPrefix(d.Resource, rule.HandsPolicies):
		j.policies.decided = append(j.policies.decided, d.Content.(*leaf.Policy))
	}
}

// on returns the policy in force on a day, nil before the first one.
func (p *policies) on(day leaf.Day) *leaf.Policy {
	for _, policy := range slices.Backward(p.decided) {
		if policy.EffectiveOn <= day {
			return policy
		}
	}
	return nil
}

// hands returns what the policy in force on a day says of a currency, the printed
// table where it says nothing.
func (p *policies) hands(day leaf.Day, currency string) leaf.Hands {
	if policy := p.on(day); policy != nil {
		for _, h := range policy.Currencies {
			if h.Currency == currency {
				return h
			}
		}
	}
	return leaf.Hands{
		Currency: currency, CashCap: -1, Rows: rule.Printed(),
		EmergencyFamilyCap: rule.EmergencyFamilyCap, EmergencyMonthCap: rule.EmergencyMonthCap,
	}
}

// approvalDays returns how many days an approval counts.
func (p *policies) approvalDays(day leaf.Day) leaf.Day {
	if policy := p.on(day); policy != nil {
		return leaf.Day(policy.ApprovalDays)
	}
	return rule.ApprovalDays
}

// rowFor returns the row of a table that holds for a sum of any size.
func rowFor(rows []leaf.Row, sum *big.Int) leaf.Row {
	if sum.IsInt64() {
		return rule.RowFor(rows, sum.Int64())
	}
	return rows[len(rows)-1]
}
