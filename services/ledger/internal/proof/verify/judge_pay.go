package verify

import (
	"math"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// payment is what a transaction takes out of awards, or on the way of anything else
// that is not money of the bank, on its way, or being changed.
type payment struct {
	awards    int
	currency  string // of all of it
	amount    int64
	emergency bool // it is all out of awards of emergency grants
	grants    []string
}

// payment adds up what the present transaction pays.
func (b *bookkeeper) payment(t *leaf.Transaction) payment {
	p := payment{emergency: true}
	for i, s := range b.touched {
		e := &t.Entries[i]
		if e.Side != leaf.Debit || !rule.TakesOut(s.path.Class) {
			continue
		}
		if p.currency != "" && e.Currency != p.currency {
			p.currency = "several currencies"
		} else {
			p.currency = e.Currency
		}
		p.amount += min(e.Amount, math.MaxInt64-p.amount)
		if s.path.Class == account.ClassAward {
			p.awards++
		}
		p.emergency = p.emergency && s.path.Class == account.ClassAward && len(s.grants) > 0 && !s.awarded
		p.grants = append(p.grants, s.grants...)
	}
	p.emergency = p.emergency && p.awards > 0
	return p
}

// paid checks that a plan has the hands that it needs for money that leaves an
// award, or that all of it is an emergency's.
func (b *bookkeeper) paid(at int64, t *leaf.Transaction, basis rule.Basis) {
	p := b.payment(t)
	if p.awards == 0 && basis == rule.ByPlanOfAwards {
		return
	}
	name, ok := rule.PlanOf(t.Source)
	if !ok {
		b.find(at, t.Reference, RulePlan, "its source is not a payment of a payment plan")
		return
	}
	if words := b.judge.pay(name, t.Source, p); words != "" {
		b.find(at, t.Reference, RulePlan, "%s %s", name, words)
	}
}
