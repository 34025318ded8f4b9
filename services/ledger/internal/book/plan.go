package book

import (
	"cmp"
	"fmt"
	"maps"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// planned is what was decided about a payment plan since it was locked.
type planned struct {
	commitment [32]byte
	lock       *leaf.Lock // nil where it is not locked
	locked     *leaf.Decision
	approvals  map[string]*leaf.Decision // the last one of each person
	signed     map[string]*leaf.Decision // who has authorised or released it, likewise
	looks      int
	released   bool
	lacks      string // what the last release lacked
}

// Stands reports whether a decision still counts at a later place of the log, on a day.
type Stands func(d *leaf.Decision, at int64, on leaf.Day) bool

// Anybody lets every decision count, where who decides needs no grant.
func Anybody(*leaf.Decision, int64, leaf.Day) bool { return true }

// planOf reads what was decided about a plan, whose decisions come in the order of
// their sequence. Those about another content than it was locked with do not count.
func planOf(decisions []*leaf.Decision, policies Policies, stands Stands) planned {
	p := planned{lacks: "needs a " + leaf.DecisionPlanReleased.String()}
	for _, d := range decisions {
		lock, _ := d.Content.(*leaf.Lock)
		switch {
		case lock != nil:
			p = planned{
				commitment: d.Commitment, lock: lock, locked: d, approvals: map[string]*leaf.Decision{}, signed: map[string]*leaf.Decision{},
				lacks: "needs a " + leaf.DecisionPlanReleased.String(),
			}
		case p.lock == nil || d.Commitment != p.commitment:
		case d.Kind == leaf.DecisionPlanVoided:
			p = planned{lacks: "is voided and not locked anew"}
		case d.Person != "":
			p.step(d, policies, stands)
		}
	}
	return p
}

func (p *planned) step(d *leaf.Decision, policies Policies, stands Stands) {
	switch d.Kind {
	case leaf.DecisionPlanApproved:
		p.approvals[d.Person] = d
	case leaf.DecisionPlanLooked:
		p.looks++
	case leaf.DecisionPlanAuthorized:
		p.signed[d.Person] = d
	case leaf.DecisionPlanReleased:
		p.signed[d.Person] = d
		p.lacks = p.short(d, policies.approvalDays(d.Day), stands)
		p.released = p.released || p.lacks == ""
	}
}

// short says in words what a plan lacks by its release, nothing where it has enough
// hands: those of the row that it was locked with, or two and the row's days. What
// somebody decided who was stopped since does not count.
func (p *planned) short(release *leaf.Decision, days leaf.Day, stands Stands) string {
	on, persons := release.Day, map[string]bool{}
	counts := func(d *leaf.Decision) bool { return d.Person != "" && stands(d, release.Sequence, on) }
	switch {
	case p.locked.Person == "":
		return "was locked by nobody"
	case p.approvals[p.locked.Person] != nil:
		return "was approved by who locked it"
	}
	for person, d := range p.approvals {
		persons[person] = d.Day+days >= on && counts(d)
	}
	maps.DeleteFunc(persons, func(_ string, approves bool) bool { return !approves })
	if len(persons) == 0 {
		return fmt.Sprintf("needs a %s of the %d days before its release, by somebody who still may", leaf.DecisionPlanApproved, days)
	}
	if counts(p.locked) {
		persons[p.locked.Person] = true
	}
	for person, d := range p.signed {
		if d == release || counts(d) {
			persons[person] = true
		}
	}
	waited := p.lock.WaitDays > 0 && on >= p.locked.Day+leaf.Day(p.lock.WaitDays)
	if n := len(persons); n < 2 || n < int(p.lock.Persons) && !waited {
		return fmt.Sprintf("was released by %d persons and needs %d", n, p.lock.Persons)
	}
	return ""
}

// missing says in words why a plan may not be paid, nothing where it may.
func (p *planned) missing() string {
	switch {
	case !p.released:
		return p.lacks
	case p.looks < int(p.lock.Looks):
		return fmt.Sprintf("needs %d looks at families, and has %d", p.lock.Looks, p.looks)
	}
	return ""
}

// handsOfPlan checks that a plan was released by as many persons as it needs.
func (b *Books) handsOfPlan(at place, name string) error {
	p := planOf(b.decisions[name], b.policies, b.stands)
	if words := p.missing(); words != "" {
		return undecided(at.field("source"), "names a plan that "+words)
	}
	return nil
}

// CheckPlan returns a fault unless decisions, which are all those about one plan in
// the order of their sequence, release its present content by as many persons as it
// needs, and that content has the commitment.
func CheckPlan(decisions []*leaf.Decision, policies Policies, stands Stands, commitment [32]byte) error {
	p := planOf(decisions, policies, stands)
	if words := p.missing(); words != "" || p.commitment != commitment {
		return undecided("plan", cmp.Or(words, "was decided with another commitment"))
	}
	return nil
}

// KnowAttempt loads what a payment of a plan has tried to pay.
func (b *Books) KnowAttempt(t *leaf.Transaction) {
	plan, ok := rule.PlanOf(t.Source)
	if !ok {
		return
	}
	if b.paid[plan] == nil {
		b.paid[plan] = map[string]int64{}
	}
	b.paid[plan][t.Source] = max(b.paid[plan][t.Source], paying(t))
}

// pays reports whether an entry is money that a plan pays out.
func pays(e leaf.Entry) bool { return e.Side == leaf.Debit && rule.TakesOut(classOf(e.Account)) }

// paying returns how much a transaction pays out.
func paying(t *leaf.Transaction) (sum int64) {
	for _, e := range t.Entries {
		if pays(e) {
			sum = plus(sum, e.Amount)
		}
	}
	return sum
}

// within refuses t where its plan was locked with less than the largest attempts of its
// payments are together, or in another currency.
func (b *Books) within(at place, t *leaf.Transaction) error {
	plan, ok := rule.PlanOf(t.Source)
	if !ok || rule.Of(t.Kind).Basis.Process() != rule.Plan {
		return nil
	}
	p := planOf(b.decisions[plan], b.policies, b.stands)
	if p.lock == nil { // an emergency's plan: its grants say how much
		return nil
	}
	sum := max(b.paid[plan][t.Source], paying(t))
	for payment, amount := range b.paid[plan] {
		if payment != t.Source {
			sum = plus(sum, amount)
		}
	}
	for _, e := range t.Entries {
		if pays(e) && e.Currency != p.lock.Currency {
			return undecided(at.field("source"), "was locked in another currency")
		}
	}
	if sum > p.lock.Amount {
		return undecided(at.field("source"), "was locked with less than its payments are together")
	}
	return nil
}
