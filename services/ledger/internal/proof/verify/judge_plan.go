package verify

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// plan is what was decided about a payment plan since it was locked, and paid by it
// ever.
type plan struct {
	commitment [32]byte
	begun      bool                      // something was decided about this content
	lock       *leaf.Lock                // nil where it is not locked
	row        leaf.Row                  // what it needs by the policy, whatever the lock says
	locked     *leaf.Decision            // nil likewise
	approvals  map[string]*leaf.Decision // the last one of each person
	own        bool                      // who locked it has approved it
	signed     map[string]*leaf.Decision // who has authorised or released it, likewise
	looks      int
	released   bool           // with enough hands
	attempted  bool           // it was released, with whatever hands
	freed      *leaf.Decision // its last release, nil where it was voided since, whatever it was locked with
	lacks      string         // what the last release lacked
	was        string         // why it is not locked
	largest    map[string]int64
	paid       *big.Int           // the sum of the largest attempt of each payment
	held       *held              // what its lock counts, nil where it is not locked
	takings    map[string]*taking // by payment
}

func (j *judge) plan(name string) *plan {
	p := j.plans[name]
	if p == nil {
		p = &plan{signed: map[string]*leaf.Decision{}, approvals: map[string]*leaf.Decision{}, largest: map[string]int64{}, paid: new(big.Int), takings: map[string]*taking{}}
		j.plans[name] = p
	}
	return p
}

// forget takes back what was decided about the plan; what its payments took out counts
// in the place of its lock.
func (j *judge) forget(p *plan) {
	if p.held != nil {
		p.held.counts.Add(p.held.counts, new(big.Int).Sub(p.held.taken, big.NewInt(p.lock.Amount)))
		p.held.over = true
	}
	*p = plan{
		freed: p.freed, signed: map[string]*leaf.Decision{}, approvals: map[string]*leaf.Decision{},
		largest: p.largest, paid: p.paid, takings: p.takings,
	}
}

// lock checks that a plan says how many persons it needs, and begins its decisions
// anew.
func (j *judge) lock(d *leaf.Decision) {
	p, c := j.plan(d.Resource), d.Content.(*leaf.Lock)
	j.forget(p)
	sum := j.leaving.within(c.Currency, j.today, c.Amount)
	p.row = rowFor(j.policies.hands(j.today, c.Currency).Rows, sum)
	if c.Persons != p.row.Persons || c.WaitDays != p.row.WaitDays {
		j.report(RuleHands, "%s says that it needs %s, but with %s %s leaving in 30 days it needs %s",
			d.Resource, rowWords(leaf.Row{Persons: c.Persons, WaitDays: c.WaitDays}), sum, c.Currency, rowWords(p.row))
	}
	p.commitment, p.begun, p.lock, p.locked = d.Commitment, true, c, d
	p.held = &held{currency: c.Currency, counts: j.leaving.on(c.Currency, j.today), taken: new(big.Int)}
	p.held.counts.Add(p.held.counts, big.NewInt(c.Amount))
}

// rowWords says what a row asks for.
func rowWords(r leaf.Row) string {
	words := fmt.Sprintf("%d persons", r.Persons)
	if r.WaitDays > 0 {
		words += fmt.Sprintf(" (or two and %d days)", r.WaitDays)
	}
	return words
}

// void takes a plan's lock back. What is said about another content is about an
// earlier lock.
func (j *judge) void(d *leaf.Decision) {
	p := j.plan(d.Resource)
	p.freed = nil
	if p.begun && p.commitment == d.Commitment {
		j.forget(p)
		p.was = fmt.Sprintf("was voided on %s and not locked anew", d.Day)
	}
}

// step takes a decision about a plan into account that stands behind its lock. One
// about another content does not count.
func (j *judge) step(d *leaf.Decision) {
	p := j.plan(d.Resource)
	if d.Kind == leaf.DecisionPlanReleased {
		p.freed = d
	}
	if !p.begun {
		p.begun, p.commitment = true, d.Commitment
	}
	if p.commitment != d.Commitment {
		return
	}
	switch d.Kind {
	case leaf.DecisionPlanApproved:
		p.approvals[d.Person] = d
		p.own = p.own || p.locked != nil && d.Person == p.locked.Person
	case leaf.DecisionPlanLooked:
		p.looks++
	case leaf.DecisionPlanAuthorized:
		p.signed[d.Person] = d
	case leaf.DecisionPlanReleased:
		p.signed[d.Person] = d
		p.attempted = true
		p.lacks = p.short(d, j.policies.approvalDays(d.Day), j.stands)
		p.released = p.released || p.lacks == ""
	}
}

// stands reports whether a decision still counts at the present leaf, on a day.
func (j *judge) stands(d *leaf.Decision, on leaf.Day) bool {
	return j.anybody || j.roster.Stands(d, j.at, on)
}

// short says in words what a plan lacks by its release, nothing where it has all. What
// somebody decided who was stopped since does not count.
func (p *plan) short(release *leaf.Decision, days leaf.Day, stands func(*leaf.Decision, leaf.Day) bool) string {
	if p.lock == nil {
		return "was released, but not locked before"
	}
	if p.own {
		return "was approved by " + p.locked.Person + ", who locked it"
	}
	on, persons := release.Day, map[string]bool{}
	count := func(decisions map[string]*leaf.Decision, since leaf.Day) {
		for person, d := range decisions {
			if len(persons) == int(p.row.Persons) {
				break // a log may hold any number of signatures
			}
			if d.Day >= since && stands(d, on) {
				persons[person] = true
			}
		}
	}
	count(p.approvals, on-min(days, on))
	if len(persons) == 0 {
		return fmt.Sprintf("was released on %s with no PLAN_APPROVED of the %d days before by somebody who still might", on, days)
	}
	count(map[string]*leaf.Decision{p.locked.Person: p.locked}, 0)
	count(p.signed, 0)
	waited := p.row.WaitDays > 0 && on >= p.locked.Day+leaf.Day(p.row.WaitDays)
	if n := len(persons); n < 2 || n < int(p.row.Persons) && !waited {
		return fmt.Sprintf("was released on %s with %d persons, but needs %s", on, n, rowWords(p.row))
	}
	return ""
}

// pay says in words why a plan may not pay this, nothing where it may. What is all an
// emergency's needs its release, and the approvals of its grants.
func (j *judge) pay(name, source string, pays payment) string {
	p := j.plans[name]
	switch {
	case pays.emergency && (p == nil || p.freed == nil):
		return "has no PLAN_RELEASED before this"
	case pays.emergency:
		if words := j.paysGrants(p.freed, pays.grants); words != "" {
			return words
		}
	case p == nil:
		return "has no PLAN_LOCKED before this"
	default:
		if words := p.missing(); words != "" {
			return words
		}
	}
	return p.within(source, pays)
}

// missing says in words which decisions a plan lacks.
func (p *plan) missing() string {
	switch {
	case p.was != "":
		return p.was
	case p.lock == nil:
		return "has no PLAN_LOCKED before this"
	case !p.attempted:
		return "has no PLAN_RELEASED before this"
	case !p.released:
		return p.lacks
	case p.looks < int(p.lock.Looks):
		return fmt.Sprintf("needs %d looks at families, but has %d before this", p.lock.Looks, p.looks)
	}
	return ""
}

// within checks that a plan pays no more than it was locked with.
func (p *plan) within(source string, pays payment) string {
	if p.lock == nil {
		return ""
	}
	if pays.currency != "" && pays.currency != p.lock.Currency {
		return fmt.Sprintf("pays in %s, but was locked in %s", pays.currency, p.lock.Currency)
	}
	p.count(source, pays.amount)
	p.take(source, pays.amount)
	if p.paid.Cmp(big.NewInt(p.lock.Amount)) > 0 {
		return fmt.Sprintf("pays %s %s in all, but was locked with %d", p.paid, p.lock.Currency, p.lock.Amount)
	}
	return ""
}

// count keeps the largest attempt of each payment.
func (p *plan) count(payment string, amount int64) {
	if more := amount - p.largest[payment]; more > 0 {
		p.largest[strings.Clone(payment)] = amount
		p.paid.Add(p.paid, big.NewInt(more))
	}
}
