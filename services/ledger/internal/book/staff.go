package book

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// KnowStaff loads a leaf about who is who, or who holds which role; they come in the
// order of their sequence.
func (b *Books) KnowStaff(d *leaf.Decision) {
	b.staff = append(b.staff, d)
	if b.roster != nil {
		b.roster.Apply(d)
	}
}

// holders returns who holds which role by the leaves so far.
func (b *Books) holders() *rule.Roster {
	if b.roster == nil {
		b.roster = new(rule.Roster)
		for _, d := range b.staff {
			b.roster.Apply(d)
		}
	}
	return b.roster
}

// mayDecide refuses a decision that the leaves before it do not allow: a leaf is final,
// and a verifier would name it for ever.
func (b *Books) mayDecide(at place, d *Decision) error {
	if c, ok := d.Content.(*leaf.Policy); ok {
		if words := rule.PolicyWrong(d.Resource, c); words != "" {
			return notDecidable(at.field("content"), words)
		}
	}
	if d.Kind == leaf.DecisionPolicyVersion {
		if words := b.policies.proposed(d.Resource, d.Person, d.Commitment, d.Content); words != "" {
			return notDecidable(at.field("resource"), words)
		}
	}
	if words := b.early(d); words != "" {
		return notDecidable(at.field("content.effectiveOn"), words)
	}
	if err := b.emergencyWithin(at, d); err != nil {
		return err
	}
	if b.anybody {
		return nil
	}
	if err := b.holdsRole(at, d); err != nil {
		return err
	}
	next := &leaf.Decision{
		Header: leaf.Header{Sequence: b.head.Size}, Kind: d.Kind, Resource: d.Resource, Person: d.Person, Day: d.Day,
		Commitment: d.Commitment, Content: d.Content,
	}
	if words := b.holders().Wrong(next); words != "" {
		return notDecidable(at.field("content"), words)
	}
	return nil
}

// founded checks that a unit which names officers without anybody who confirms them
// names two or three, and that they are the first.
func (b *Books) founded(u Unit) error {
	founders, first := 0, 0
	for i, d := range u.decisions {
		if _, known := b.known[d.Reference]; known || d.Kind != leaf.DecisionGrantConfirmed || d.Person != "" {
			continue
		}
		if founders++; founders == 1 {
			first = i
		}
	}
	if b.anybody || founders == 0 || (founders == 2 || founders == 3) && len(b.holders().People()) == 0 {
		return nil
	}
	return notDecidable(place{list: "decisions", index: first}.field("person"), "names nobody, which only two or three officers may who found the log together")
}

// holdsRole checks that who decides holds a role for it by the leaves before.
func (b *Books) holdsRole(at place, d *Decision) error {
	may, holders := rule.OfDecision(d.Kind), b.holders()
	holds := func(role leaf.Role) bool {
		if may.Rested {
			return holders.Rested(d.Person, role, d.Day)
		}
		return holders.Holds(d.Person, role, d.Day)
	}
	if d.Person == "" || may.Taken == rule.ByNobody || !holders.Frozen(d.Person, d.Day) && (may.MayTake(holds) || may.Lapsed && holders.Grants(d.Person, d.Day)) {
		return nil
	}
	f := fault.New(fault.PermissionDenied, fault.ReasonRoleMissing, "The person holds no role that this decision needs.")
	f.Violations = []fault.Violation{{Field: at.field("kind"), Reason: fault.FieldNotPossible, Description: "needs a role that the person does not hold"}}
	return f
}

// standing returns the decisions about an adjustment that count on the day of the last
// one: what somebody decided before they were stopped books nothing after it. Of each
// person's approvals the last one counts.
func (b *Books) standing(adjustment string) (out []*leaf.Decision) {
	var steps []*leaf.Decision
	last := map[string]int64{}
	for _, d := range b.decisions[adjustment] {
		if process, first := rule.StepOf(d.Kind); process == rule.Adjustment {
			steps = append(steps, d)
			if !first {
				last[d.Person] = d.Sequence
			}
		}
	}
	for _, d := range steps {
		superseded := d.Kind == leaf.DecisionAdjustmentApproved && last[d.Person] != d.Sequence
		if !superseded && b.stands(d, b.head.Size, steps[len(steps)-1].Day) {
			out = append(out, d)
		}
	}
	return out
}

// stands reports whether a decision still counts at a later place of the log, on a day.
func (b *Books) stands(d *leaf.Decision, at int64, on leaf.Day) bool {
	return b.anybody || b.holders().Stands(d, at, on)
}

func notDecidable(field, words string) error {
	f := fault.New(fault.Precondition, fault.ReasonNotDecidable, "The decisions before it do not allow this one.")
	f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldNotPossible, Description: strings.TrimSpace(words)}}
	return f
}
