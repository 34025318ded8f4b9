package verify

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// payment is what a transaction takes out of awards.
type payment struct {
	awards    int
	currency  string
	amount    int64
	emergency map[string]bool // the grants that all of it comes from, nil where some does not
}

// payment adds up what the present transaction takes out of awards.
func (b *bookkeeper) payment(t *leaf.Transaction) payment {
	p := payment{emergency: map[string]bool{}}
	for i, s := range b.touched {
		e := &t.Entries[i]
		if s.path.Class != account.ClassAward || e.Side != leaf.Debit {
			continue
		}
		p.awards++
		if p.awards > 1 && e.Currency != p.currency {
			p.currency = "several currencies"
		} else {
			p.currency = e.Currency
		}
		p.amount += min(e.Amount, math.MaxInt64-p.amount)
		if s.granted == "" || s.awarded {
			p.emergency = nil
		}
		if p.emergency != nil {
			p.emergency[s.granted] = true
		}
	}
	return p
}

// paidByHands checks that a plan has the hands that it needs for money that leaves an
// award, or that all of it is an emergency's.
func (b *bookkeeper) paidByHands(at int64, t *leaf.Transaction, basis rule.Basis) {
	p := b.payment(t)
	if p.awards == 0 && basis == rule.ByPlanOfAwards {
		return
	}
	name, ok := rule.PlanOf(t.Source)
	if !ok {
		b.find(at, t.Reference, RulePlan, "its source is not a payment of a payment plan")
		return
	}
	words := b.judge.pay(name, t.Source, p.currency, p.amount)
	if words != "" && p.awards > 0 && p.emergency != nil {
		if lacks := b.judge.payEmergency(name, p.emergency); lacks == "" || !b.judge.locked(name) {
			words = lacks
		}
	}
	if words != "" {
		b.find(at, t.Reference, RulePlan, "%s", words)
	}
}

// locked reports whether a plan is locked.
func (j *judge) locked(name string) bool { return j.plans[name] != nil && j.plans[name].lock != nil }

// payEmergency says in words what a plan lacks that pays nothing but emergency grants:
// two approvals of each stand for all but its release.
func (j *judge) payEmergency(name string, grants map[string]bool) string {
	if p := j.plans[name]; p == nil || !p.attempted {
		return name + " has no PLAN_RELEASED before this"
	}
	for _, grant := range slices.Sorted(maps.Keys(grants)) {
		if words := j.grants[grant].short(); words != "" {
			return fmt.Sprintf("%s %s", grant, words)
		}
	}
	return ""
}

// grantedBy notes which emergency grant an award's money comes from. Money of a second
// one makes it an award like others.
func (s *state) grantedBy(source string) {
	switch s.granted {
	case "":
		s.granted = strings.Clone(source)
	case source:
	default:
		s.awarded = true
	}
}
