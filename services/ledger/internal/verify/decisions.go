package verify

import (
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf/account"
)

// The steps of a plan, each to be taken by other persons than the others.
var steps = []leaf.DecisionKind{
	leaf.DecisionPlanLocked, leaf.DecisionPlanApproved,
	leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased,
}

// emergencySteps are what an emergency grant is decided by.
var emergencySteps = []leaf.DecisionKind{leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized}

// adjustmentSteps are what a booking by people is decided by.
var adjustmentSteps = []leaf.DecisionKind{leaf.DecisionAdjustmentProposed, leaf.DecisionAdjustmentApproved}

// deciding holds who decided about the present content of a payment plan or an
// adjustment.
type deciding struct {
	commitment [32]byte
	persons    map[leaf.DecisionKind][]string
}

// round holds who took which snapshot of a round, and whether one of them was
// committed by somebody else.
type round struct {
	snapshots map[[32]byte][]string
	committed bool
	same      bool // committed by the person who took the snapshot
}

// decision takes a decision into account.
func (b *books) decision(d *leaf.Decision) {
	switch d.Kind {
	case leaf.DecisionPlanLocked, leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased:
		b.stepped(b.plans, d, leaf.DecisionPlanLocked)
	case leaf.DecisionAdjustmentProposed, leaf.DecisionAdjustmentApproved:
		b.stepped(b.adjustments, d, leaf.DecisionAdjustmentProposed)
	case leaf.DecisionRoundSnapshot, leaf.DecisionRoundCommitted:
		b.rounded(d)
	case leaf.DecisionPeriodClosed:
		b.closers[strings.Clone(d.Resource)] = strings.Clone(d.Person)
	case leaf.DecisionSigningKeyRotated:
		b.ring.rotate(d)
	}
}

// stepped notes a step. The first one, taken anew, voids the steps before, and a
// step about another content does not count.
func (b *books) stepped(about map[string]*deciding, d *leaf.Decision, first leaf.DecisionKind) {
	p := about[d.Resource]
	if p == nil || d.Kind == first {
		p = &deciding{commitment: d.Commitment, persons: map[leaf.DecisionKind][]string{}}
		about[strings.Clone(d.Resource)] = p
	}
	if p.commitment == d.Commitment && d.Person != "" {
		p.persons[d.Kind] = append(p.persons[d.Kind], strings.Clone(d.Person))
	}
}

func (b *books) rounded(d *leaf.Decision) {
	r := b.rounds[d.Resource]
	if r == nil {
		r = &round{snapshots: map[[32]byte][]string{}}
		b.rounds[strings.Clone(d.Resource)] = r
	}
	if d.Kind == leaf.DecisionRoundSnapshot {
		if d.Person != "" {
			r.snapshots[d.Commitment] = append(r.snapshots[d.Commitment], strings.Clone(d.Person))
		}
		return
	}
	takers, known := r.snapshots[d.Commitment]
	other := d.Person != "" && !slices.Contains(takers, d.Person)
	r.committed = r.committed || known && other
	r.same = r.same || known && !other
}

// behind checks that the decisions that a transaction needs stand before it.
func (b *books) behind(at int64, t *leaf.Transaction) {
	switch t.Kind {
	case leaf.AttemptSubmitted, leaf.FX:
		b.paid(at, t)
	case leaf.RoundHold, leaf.RoundAward:
		b.awarded(at, t)
	case leaf.OpeningBalance, leaf.Transfer, leaf.RunningCost, leaf.SuspenseCleared:
		b.adjusted(at, t)
	}
}

// adjusted checks the decisions behind a booking by people.
func (b *books) adjusted(at int64, t *leaf.Transaction) {
	if t.Reference != t.Source {
		b.find(at, t.Reference, RuleAdjustment, "its reference is not the adjustment, its source")
	}
	if words := b.adjustments[t.Source].lacks(adjustmentSteps); words != "" {
		b.find(at, t.Reference, RuleAdjustment, "%s %s", t.Source, words)
	}
}

// paid checks the decisions behind money that leaves an award.
func (b *books) paid(at int64, t *leaf.Transaction) {
	emergency, awards := true, 0
	for i, s := range b.touched {
		if s.path.Class == account.Award && t.Entries[i].Side == leaf.Debit {
			awards++
			emergency = emergency && s.emergency && !s.awarded
		}
	}
	if awards == 0 && t.Kind == leaf.FX {
		return
	}
	name, ok := planOf(t.Source)
	if !ok {
		b.find(at, t.Reference, RulePlan, "its source is not a payment of a payment plan")
		return
	}
	needed := steps
	if emergency && awards > 0 {
		needed = emergencySteps
	}
	if words := b.plans[name].lacks(needed); words != "" {
		b.find(at, t.Reference, RulePlan, "%s %s", name, words)
	}
}

// lacks says in words which steps are missing, nothing where it has all.
func (p *deciding) lacks(needed []leaf.DecisionKind) string {
	by := map[string]leaf.DecisionKind{}
	for _, kind := range needed {
		if p == nil || len(p.persons[kind]) == 0 {
			return "has no " + kind.String() + " before this"
		}
		for _, person := range p.persons[kind] {
			if other, ok := by[person]; ok && other != kind {
				return "has " + other.String() + " and " + kind.String() + " by the same person, " + person
			}
			by[person] = kind
		}
	}
	return ""
}

// planOf cuts the plan out of the name of a payment.
func planOf(source string) (string, bool) {
	p := strings.Split(source, "/")
	if len(p) != 4 || p[0] != "paymentPlans" || p[2] != "payments" {
		return "", false
	}
	return p[0] + "/" + p[1], true
}

// awarded checks the decisions behind the rounds whose money is moved.
func (b *books) awarded(at int64, t *leaf.Transaction) {
	for _, s := range b.touched {
		if s.path.Class != account.Round {
			continue
		}
		name := "allocationRounds/" + s.path.Parts[0]
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
