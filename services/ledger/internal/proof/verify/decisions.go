package verify

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

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
	if process, first := rule.StepOf(d.Kind); process == rule.Round {
		b.rounded(d, first)
	}
	switch d.Kind {
	case leaf.DecisionPeriodProposed:
		b.proposed[strings.Clone(d.Resource)] = owned(d)
	case leaf.DecisionPeriodClosed:
		b.closers[strings.Clone(d.Resource)] = owned(d)
	case leaf.DecisionSigningKeyRotated:
		b.ring.rotate(d)
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
	b.judging(at, t.Reference)
	if words := b.judge.costs[t.Source].short(leaf.Row{Persons: 2}, b.judge.stands); words != "" {
		b.find(at, t.Reference, RuleAdjustment, "%s %s", t.Source, words)
	}
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
