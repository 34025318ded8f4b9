package book

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// KnowPolicy loads a decision about a policy; they come in the order of their sequence.
func (b *Books) KnowPolicy(d *leaf.Decision) { b.policies = append(b.policies, d) }

// Policies are the decisions about policies in the order of their sequence.
type Policies []*leaf.Decision

// on returns the policy of hands that is in force on a day, nil before the first one.
func (p Policies) on(day leaf.Day) *leaf.Policy { return p.inForce(rule.HandsPolicies, day) }

// inForce returns the policy whose names begin so that is in force on a day, nil before
// the first one: the last one that two persons have agreed on.
func (p Policies) inForce(names string, day leaf.Day) *leaf.Policy {
	for i, d := range slices.Backward(p) {
		c, ok := d.Content.(*leaf.Policy)
		if !ok || d.Kind != leaf.DecisionPolicyVersion || c.EffectiveOn > day || !strings.HasPrefix(d.Resource, names) {
			continue
		}
		if p[:i].proposed(d.Resource, d.Person, d.Commitment, c) == "" {
			return c
		}
	}
	return nil
}

// proposed says in words why a policy is not one that somebody else has proposed.
func (p Policies) proposed(resource, person string, commitment [32]byte, content leaf.Content) string {
	for _, d := range slices.Backward(p) {
		switch {
		case d.Resource != resource || d.Kind != leaf.DecisionPolicyProposed:
		case d.Commitment != commitment || !leaf.SameContent(d.Kind, d.Content, content):
			return "was proposed with another content"
		case d.Person == person || d.Person == "" || person == "":
			return "was proposed by the same person"
		default:
			return ""
		}
	}
	return "was not proposed before"
}

// deficit returns the deficit of a fund, in minor units, above which it gives nothing to
// rounds on a day.
func (p Policies) deficit(day leaf.Day, currency string) int64 {
	if policy := p.inForce(rule.RoundsPolicies, day); policy != nil {
		for _, a := range policy.Amounts {
			if a.Currency == currency {
				return a.Amount
			}
		}
	}
	return money.Whole(account.ToleratedDeficit, currency)
}

// early says in words that a policy would be in force sooner than it may.
func (b *Books) early(d *Decision) string {
	c, ok := d.Content.(*leaf.Policy)
	if !ok || c.EffectiveOn >= d.Day+b.delay {
		return ""
	}
	return fmt.Sprintf("must be in force %d days after it is decided, or later", b.delay)
}

// hands returns what the policy in force on a day says of a currency, the printed table
// where it says nothing.
func (p Policies) hands(day leaf.Day, currency string) leaf.Hands {
	if policy := p.on(day); policy != nil {
		for _, h := range policy.Currencies {
			if h.Currency == currency {
				return h
			}
		}
	}
	return leaf.Hands{
		Currency: currency, CashCap: math.MaxInt64, Rows: rule.Printed(),
		EmergencyFamilyCap: rule.EmergencyFamilyCap, EmergencyMonthCap: rule.EmergencyMonthCap,
	}
}

// approvalDays returns how many days an approval counts on a day.
func (p Policies) approvalDays(day leaf.Day) leaf.Day {
	if policy := p.on(day); policy != nil {
		return leaf.Day(policy.ApprovalDays)
	}
	return rule.ApprovalDays
}

// filled returns a decision's content with what the ledger says of it: how many persons
// a plan needs, by all that leaves the ledger.
func (b *Books) filled(d *Decision) leaf.Content {
	given, ok := d.Content.(*leaf.Lock)
	if !ok {
		return d.Content
	}
	on := max(d.Day, b.dayAt(b.head.Size))
	row := rule.RowFor(b.policies.hands(on, given.Currency).Rows, b.leaves(d.Resource, given.Currency, on, given.Amount))
	lock := *given
	lock.Persons, lock.WaitDays = row.Persons, row.WaitDays
	return &lock
}

// asGiven returns a content of the books without what the ledger has said of it.
func asGiven(c leaf.Content) leaf.Content {
	booked, ok := c.(*leaf.Lock)
	if !ok {
		return c
	}
	lock := *booked
	lock.Persons, lock.WaitDays = blank.Persons, blank.WaitDays
	return &lock
}

// blank stands for what the ledger says, where contents are checked and compared.
var blank = leaf.Row{Persons: 2}
