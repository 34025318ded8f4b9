package book

import (
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// cost is what was decided about money that leaves without a plan.
type cost struct {
	commitment [32]byte
	proposer   string
	persons    map[string]bool // all of them
	first      leaf.Day        // on which it was proposed
	last       leaf.Day        // on which it was approved last, zero where it was not
	same       bool            // one person proposed and approved it
}

// costOf reads what was decided about an adjustment, whose decisions come in the order
// of their sequence. A proposal voids those before it.
func costOf(decisions []*leaf.Decision) cost {
	var c cost
	for _, d := range decisions {
		switch {
		case d.Kind == leaf.DecisionAdjustmentProposed:
			c = cost{commitment: d.Commitment, proposer: d.Person, persons: map[string]bool{d.Person: true}, first: d.Day}
		case d.Kind == leaf.DecisionAdjustmentApproved && d.Commitment == c.commitment && c.persons != nil && d.Person != "":
			c.persons[d.Person], c.last = true, max(c.last, d.Day)
			c.same = c.same || d.Person == c.proposer
		}
	}
	return c
}

// short says in words what a cost lacks by the row that holds for it.
func (c cost) short(row leaf.Row) string {
	switch {
	case c.proposer == "" || c.last == 0 || c.same:
		return "needs " + inWords(rule.Adjustment.Steps()) + " of its source, with one commitment and by two persons, recorded before"
	case len(c.persons) >= int(row.Persons), row.WaitDays > 0 && c.last >= c.first+leaf.Day(row.WaitDays):
		return ""
	}
	return fmt.Sprintf("needs %d persons, and was decided by %d", row.Persons, len(c.persons))
}

// handsBehind checks that enough persons have decided about money that leaves without a
// plan.
func (b *Books) handsBehind(at place, d *Draft, t *leaf.Transaction) error {
	currency, on := t.Entries[0].Currency, b.dayAt(b.head.Size)
	policy := b.policies.hands(on, currency)
	row := leaf.Row{Persons: 2}
	switch rule.Of(d.Kind).Hands {
	case rule.NoHands:
		return nil
	case rule.ByRow:
		row = rule.RowFor(policy.Rows, b.leaves("", currency, on, debited(t, currency)))
	}
	if words := costOf(b.standing(d.Source)).short(row); words != "" {
		f := fault.New(fault.Precondition, fault.ReasonHandsMissing, "More persons must approve it, or one of them on a later day.")
		f.Violations = []fault.Violation{{Field: at.field("source"), Reason: fault.FieldNotPossible, Description: words}}
		return f
	}
	return b.cash(at, t, policy)
}

// cash refuses to give a courier more than one may hold.
func (b *Books) cash(at place, t *leaf.Transaction, policy leaf.Hands) error {
	if t.Kind != leaf.CashAdvance {
		return nil
	}
	for j, e := range t.Entries {
		if strings.HasPrefix(e.Account, string(account.ClassAsset)+":cash:") && -e.Balance > policy.CashCap {
			f := fault.New(fault.Precondition, fault.ReasonCashCapReached, "A courier would hold more cash than the policy allows.")
			f.Violations = []fault.Violation{{Field: at.lineAt("entries", j).String(), Reason: fault.FieldNotPossible, Description: "brings its account above what a courier may hold"}}
			return f
		}
	}
	return nil
}
