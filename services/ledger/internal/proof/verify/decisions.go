package verify

import (
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// deciding holds what was decided about the present content of an adjustment. A log may hold any number of such decisions, so that nothing here is
// looked through for a payment.
type deciding struct {
	commitment [32]byte
	taken      map[leaf.DecisionKind]bool
	by         map[string][]leaf.DecisionKind  // each of a person's steps once
	both       map[[2]leaf.DecisionKind]string // the first person who took both, either way round
}

func newDeciding(commitment [32]byte) *deciding {
	return &deciding{commitment, map[leaf.DecisionKind]bool{}, map[string][]leaf.DecisionKind{}, map[[2]leaf.DecisionKind]string{}}
}

// take notes a step by a person.
func (p *deciding) take(kind leaf.DecisionKind, person string) {
	p.taken[kind] = true
	if slices.Contains(p.by[person], kind) {
		return
	}
	for _, other := range p.by[person] {
		if _, known := p.both[[2]leaf.DecisionKind{other, kind}]; !known {
			p.both[[2]leaf.DecisionKind{other, kind}] = person
			p.both[[2]leaf.DecisionKind{kind, other}] = person
		}
	}
	p.by[person] = append(p.by[person], kind)
}

// round holds who took which snapshot of a round, and whether one of them was
// committed by somebody else.
type round struct {
	snapshots map[[32]byte]map[string]bool
	committed bool
	same      bool // committed by the person who took the snapshot
}

// decision takes a decision into account.
func (b *bookkeeper) decision(at int64, d *leaf.Decision) {
	b.judging(at, d.Reference)
	b.judge.decide(d)
	switch process, first := rule.StepOf(d.Kind); process {
	case rule.Adjustment:
		b.stepped(d, first)
	case rule.Round:
		b.rounded(d, first)
	}
	switch d.Kind {
	case leaf.DecisionPeriodClosed:
		b.closers[strings.Clone(d.Resource)] = strings.Clone(d.Person)
	case leaf.DecisionSigningKeyRotated:
		b.ring.rotate(d)
	}
}

// stepped notes a step. The first one, taken anew, voids the steps before, and a
// step about another content does not count.
func (b *bookkeeper) stepped(d *leaf.Decision, first bool) {
	p := b.adjustments[d.Resource]
	if p == nil || first {
		p = newDeciding(d.Commitment)
		b.adjustments[strings.Clone(d.Resource)] = p
	}
	if p.commitment == d.Commitment && d.Person != "" {
		p.take(d.Kind, strings.Clone(d.Person))
	}
}

func (b *bookkeeper) rounded(d *leaf.Decision, snapshot bool) {
	r := b.rounds[d.Resource]
	if r == nil {
		r = &round{snapshots: map[[32]byte]map[string]bool{}}
		b.rounds[strings.Clone(d.Resource)] = r
	}
	if snapshot {
		if d.Person == "" {
			return
		}
		if r.snapshots[d.Commitment] == nil {
			r.snapshots[d.Commitment] = map[string]bool{}
		}
		r.snapshots[d.Commitment][strings.Clone(d.Person)] = true
		return
	}
	takers, known := r.snapshots[d.Commitment]
	other := d.Person != "" && !takers[d.Person]
	r.committed = r.committed || known && other
	r.same = r.same || known && !other
}

// behind checks that the decisions that a transaction needs stand before it.
func (b *bookkeeper) behind(at int64, t *leaf.Transaction) {
	switch basis := b.may.Basis; basis.Process() {
	case rule.Plan:
		b.paid(at, t, basis)
	case rule.Round:
		b.awarded(at, t)
	case rule.Adjustment:
		b.adjusted(at, t)
	}
	if b.may.BringsBack() {
		b.judge.back(t, b.touched)
	}
	if b.may.Counted || b.may.Hands != rule.NoHands {
		b.judging(at, t.Reference)
		b.judge.spend(t, b.touched)
	}
}

// judging says which leaf the judge looks at.
func (b *bookkeeper) judging(at int64, reference string) {
	b.judge.at, b.judge.reference = at, reference
}

// adjusted checks the decisions behind a booking by people.
func (b *bookkeeper) adjusted(at int64, t *leaf.Transaction) {
	if t.Reference != t.Source {
		b.find(at, t.Reference, RuleAdjustment, "its reference is not the adjustment, its source")
	}
	if words := b.adjustments[t.Source].lacks(rule.Adjustment.Steps()); words != "" {
		b.find(at, t.Reference, RuleAdjustment, "%s %s", t.Source, words)
	}
}

// lacks says in words which steps are missing, nothing where it has all.
func (p *deciding) lacks(needed []leaf.DecisionKind) string {
	for i, kind := range needed {
		if p == nil || !p.taken[kind] {
			return "has no " + kind.String() + " before this"
		}
		for _, other := range needed[:i] {
			if person, ok := p.both[[2]leaf.DecisionKind{other, kind}]; ok {
				return "has " + other.String() + " and " + kind.String() + " by the same person, " + person
			}
		}
	}
	return ""
}

// awarded checks the decisions behind the rounds whose money is moved.
func (b *bookkeeper) awarded(at int64, t *leaf.Transaction) {
	for _, s := range b.touched {
		if s.path.Class != account.ClassRound {
			continue
		}
		name := rule.RoundName(s.path.Parts[0])
		switch r := b.rounds[name]; {
		case r != nil && r.committed:
			continue
		case r != nil && r.same:
			b.find(at, t.Reference, RuleRound, "%s has ROUND_SNAPSHOT and ROUND_COMMITTED by the same person", name)
		default:
			b.find(at, t.Reference, RuleRound, "%s has no ROUND_COMMITTED of its snapshot before this", name)
		}
		return
	}
}
