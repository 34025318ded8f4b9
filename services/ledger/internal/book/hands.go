package book

import (
	"math"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// leaving is something that counts when the books say how many persons a plan needs:
// the lock of a plan, what takes it back, or money that leaves without one.
type leaving struct {
	plan       string // empty for money without one
	commitment [32]byte
	voided     bool
	currency   string
	day        leaf.Day
	amount     int64
}

// KnowLeaving loads a leaf that counts among what leaves the ledger; others are not
// looked at. They come in the order of their sequence.
func (b *Books) KnowLeaving(l leaf.Leaf) {
	if d := l.Decision; d != nil {
		switch lock, _ := d.Content.(*leaf.Lock); {
		case lock != nil:
			b.leaving = append(b.leaving, leaving{plan: d.Resource, commitment: d.Commitment, currency: lock.Currency, day: d.Day, amount: lock.Amount})
		case d.Kind == leaf.DecisionPlanVoided:
			b.leaving = append(b.leaving, leaving{plan: d.Resource, commitment: d.Commitment, voided: true, day: d.Day})
		}
	}
	if t := l.Transaction; t != nil && rule.Of(t.Kind).Counted {
		currency := t.Entries[0].Currency
		b.leaving = append(b.leaving, leaving{currency: currency, day: t.BookingDate, amount: debited(t, currency)})
	}
}

// debited returns how much of a currency a transaction debits.
func debited(t *leaf.Transaction, currency string) (sum int64) {
	for _, e := range t.Entries {
		if e.Side == leaf.Debit && e.Currency == currency {
			sum = plus(sum, e.Amount)
		}
	}
	return sum
}

// plus adds amounts, to the largest number at most.
func plus(a, b int64) int64 {
	n, err := money.Add(a, b)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

// leaves returns how much of a currency leaves within the days that are counted
// together, the last of which is on: other plans than the named one as they were locked
// last, what left without a plan, and the amount.
func (b *Books) leaves(plan, currency string, on leaf.Day, amount int64) int64 {
	locked := map[string]leaving{}
	counts := func(l leaving) bool {
		return l.currency == currency && l.day <= on && l.day+rule.CountedDays > on
	}
	for _, l := range b.leaving {
		switch {
		case l.plan == "" && counts(l):
			amount = plus(amount, l.amount)
		case l.plan == "" || l.plan == plan:
		case !l.voided:
			locked[l.plan] = l
		case locked[l.plan].commitment == l.commitment:
			delete(locked, l.plan)
		}
	}
	for _, l := range locked {
		if counts(l) {
			amount = plus(amount, l.amount)
		}
	}
	return amount
}

// KnowPolicy loads a decision about a policy; they come in the order of their sequence.
func (b *Books) KnowPolicy(d *leaf.Decision) { b.policies = append(b.policies, d) }

// Policies are the decisions about policies in the order of their sequence.
type Policies []*leaf.Decision

// on returns the policy of hands that is in force on a day, nil before the first one:
// the last one that two persons have agreed on.
func (p Policies) on(day leaf.Day) *leaf.Policy {
	for i, d := range slices.Backward(p) {
		c, ok := d.Content.(*leaf.Policy)
		if !ok || d.Kind != leaf.DecisionPolicyVersion || c.EffectiveOn > day || !strings.HasPrefix(d.Resource, rule.HandsPolicies) {
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

// hands returns what the policy in force on a day says of a currency, the printed table
// and no cap where it says nothing.
func (p Policies) hands(day leaf.Day, currency string) leaf.Hands {
	if policy := p.on(day); policy != nil {
		for _, h := range policy.Currencies {
			if h.Currency == currency {
				return h
			}
		}
	}
	return leaf.Hands{Currency: currency, CashCap: math.MaxInt64, Rows: rule.Printed()}
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
	row := rule.RowFor(b.policies.hands(d.Day, given.Currency).Rows, b.leaves(d.Resource, given.Currency, d.Day, given.Amount))
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
