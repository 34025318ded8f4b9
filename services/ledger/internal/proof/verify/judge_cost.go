package verify

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// cost is what was decided about an adjustment: money that leaves without a plan, or is
// booked by people.
type cost struct {
	proposal  *leaf.Decision            // nil where there is none
	approvals map[string]*leaf.Decision // the last one of each person
	day       leaf.Day                  // of the last decision about it
}

// adjustment takes a decision about such money into account. A proposal voids those
// before it, and one about another content does not count.
func (j *judge) adjustment(d *leaf.Decision) {
	c := j.costs[d.Resource]
	if c == nil || d.Kind == leaf.DecisionAdjustmentProposed {
		c = &cost{approvals: map[string]*leaf.Decision{}}
		j.costs[d.Resource] = c
	}
	c.day = d.Day
	switch {
	case d.Kind == leaf.DecisionAdjustmentProposed:
		c.proposal = d
	case c.proposal != nil && c.proposal.Commitment == d.Commitment:
		c.approvals[d.Person] = d
	}
}

// short says in words what an adjustment lacks by the row that holds for it. What
// somebody decided who was stopped since does not count.
func (c *cost) short(row leaf.Row, stands func(*leaf.Decision, leaf.Day) bool) string {
	switch {
	case c == nil || c.proposal == nil:
		return "has no ADJUSTMENT_PROPOSED before this"
	case len(c.approvals) == 0:
		return "has no ADJUSTMENT_APPROVED before this"
	case c.approvals[c.proposal.Person] != nil:
		return "was proposed and approved by the same person, " + c.proposal.Person
	case !stands(c.proposal, c.day):
		return "was proposed by " + c.proposal.Person + ", who might do so no more"
	}
	persons, last := 1, leaf.Day(0)
	for _, d := range c.approvals {
		if stands(d, c.day) {
			persons, last = persons+1, max(last, d.Day)
		}
	}
	switch {
	case persons == 1:
		return "was approved by nobody who still might do so"
	case persons >= int(row.Persons), row.WaitDays > 0 && last >= c.proposal.Day+leaf.Day(row.WaitDays):
		return ""
	}
	return fmt.Sprintf("was decided by %d persons, but needs %s", persons, rowWords(row))
}

// moved returns how much of a currency a transaction debits in all.
func moved(t *leaf.Transaction, currency string) int64 {
	var sum int64
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Side == leaf.Debit && e.Currency == currency {
			sum += min(e.Amount, math.MaxInt64-sum)
		}
	}
	return sum
}

// spend checks and counts what leaves without a plan.
func (j *judge) spend(t *leaf.Transaction, touched []*state) {
	may := rule.Of(t.Kind)
	for i := range t.Entries {
		currency := t.Entries[i].Currency
		first := slices.IndexFunc(t.Entries, func(e leaf.Entry) bool { return e.Currency == currency })
		if amount := moved(t, currency); first == i && amount > 0 {
			j.spent(t, may, currency, amount)
		}
		if t.Kind == leaf.CashAdvance {
			j.cash(t, &t.Entries[i], touched[i])
		}
	}
}

func (j *judge) spent(t *leaf.Transaction, may rule.Transaction, currency string, amount int64) {
	row := leaf.Row{Persons: 2}
	if may.Hands == rule.ByRow {
		row = rowFor(j.policies.hands(j.today, currency).Rows, j.leaving.within(currency, j.today, amount))
	}
	if may.Hands != rule.NoHands {
		if words := j.costs[t.Source].short(row, j.stands); words != "" {
			j.report(RuleHands, "%s %s", t.Source, words)
		}
	}
	if t.Kind == leaf.EmergencyGrant {
		j.gives(t.Source, currency, amount)
	}
	if may.Counted {
		sum := j.leaving.on(currency, j.today)
		sum.Add(sum, big.NewInt(amount))
	}
}

// cash checks that no courier holds more than the policy allows.
func (j *judge) cash(t *leaf.Transaction, e *leaf.Entry, s *state) {
	most := j.policies.hands(j.today, e.Currency).CashCap
	isCash := len(s.path.Parts) == 2 && e.Account == account.Cash(s.path.Parts[1])
	if held := -s.balance; isCash && most >= 0 && held > most {
		j.report(RuleHands, "%s holds %d %s after this, but the policy in force allows %d", e.Account, held, e.Currency, most)
	}
}

// covered checks that what is covered of a deficit is a fee that was advanced. Kind is
// that of the original where the transaction is a reversal.
func (b *bookkeeper) covered(at int64, t *leaf.Transaction, kind leaf.Kind) {
	may := rule.Of(kind)
	if !may.Advances && !may.Covers {
		return
	}
	for i, s := range b.touched {
		e := &t.Entries[i]
		if s.path.Class != account.ClassDeficit {
			continue
		}
		if may.Advances && e.Side == leaf.Debit {
			s.advanced += e.Amount
		} else if e.Side == leaf.Credit {
			s.advanced -= e.Amount
		}
		if may.Covers && e.Side == leaf.Credit && s.advanced < 0 {
			b.find(at, t.Reference, RuleDeficit, "covers more of %s than the fees that were advanced for it", e.Account)
		}
	}
}
