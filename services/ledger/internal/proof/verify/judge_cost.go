package verify

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// cost is what was decided about money that leaves without a plan: a running cost, a
// courier's cash.
type cost struct {
	commitment [32]byte
	proposers  map[string]bool
	persons    map[string]bool // all of them
	first      leaf.Day        // on which it was proposed
	last       leaf.Day        // on which it was approved last, zero where it was not
	same       string          // who proposed and approved it
}

// adjustment takes a decision about such money into account. A proposal voids those
// before it.
func (j *judge) adjustment(d *leaf.Decision) {
	c := j.costs[d.Resource]
	if c == nil || d.Kind == leaf.DecisionAdjustmentProposed {
		c = &cost{commitment: d.Commitment, proposers: map[string]bool{}, persons: map[string]bool{}, first: d.Day}
		j.costs[d.Resource] = c
	}
	if c.commitment != d.Commitment {
		return
	}
	c.persons[d.Person] = true
	if d.Kind == leaf.DecisionAdjustmentProposed {
		c.proposers[d.Person] = true
		return
	}
	c.last = d.Day
	if c.proposers[d.Person] {
		c.same = d.Person
	}
}

// short says in words what a cost lacks by the row that holds for it.
func (c *cost) short(row leaf.Row) string {
	switch {
	case c == nil || len(c.proposers) == 0:
		return "has no ADJUSTMENT_PROPOSED before this"
	case c.last == 0:
		return "has no ADJUSTMENT_APPROVED before this"
	case c.same != "":
		return "was proposed and approved by the same person, " + c.same
	case len(c.persons) >= int(row.Persons), row.WaitDays > 0 && c.last >= c.first+leaf.Day(row.WaitDays):
		return ""
	}
	return fmt.Sprintf("was decided by %d persons, but needs %s", len(c.persons), rowWords(row))
}

// emergency is what was decided about an emergency grant, and given by it.
type emergency struct {
	commitment [32]byte
	content    leaf.Emergency
	first      string
	second     bool
	given      map[string]*big.Int // by currency
}

func (j *judge) grant(name string) *emergency {
	e := j.grants[name]
	if e == nil {
		e = &emergency{given: map[string]*big.Int{}}
		j.grants[strings.Clone(name)] = e
	}
	return e
}

// emergency takes an approval into account; two of the same content count.
func (j *judge) emergency(d *leaf.Decision) {
	e, c := j.grant(d.Resource), d.Content.(*leaf.Emergency)
	switch {
	case e.first == "":
		e.commitment, e.content, e.first = d.Commitment, *c, d.Person
	case e.commitment == d.Commitment && e.content == *c && d.Person != e.first:
		e.second = true
	}
}

func (e *emergency) gave(currency string, amount int64) {
	if e.given[currency] == nil {
		e.given[strings.Clone(currency)] = new(big.Int)
	}
	e.given[currency].Add(e.given[currency], big.NewInt(amount))
}

// short says in words why so much may not be given.
func (e *emergency) short() string {
	switch {
	case e == nil || e.first == "":
		return "has no EMERGENCY_APPROVED before this"
	case !e.second:
		return "has no second EMERGENCY_APPROVED, of the same content and by another person than " + e.first
	}
	for _, currency := range slices.Sorted(maps.Keys(e.given)) {
		given := e.given[currency]
		if currency != e.content.Currency || given.Cmp(big.NewInt(e.content.Amount)) > 0 {
			return fmt.Sprintf("gave %s %s, but was approved with %d %s", given, currency, e.content.Amount, e.content.Currency)
		}
	}
	return ""
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
		if words := j.costs[t.Source].short(row); words != "" {
			j.report(RuleHands, "%s %s", t.Source, words)
		}
	}
	if t.Kind == leaf.EmergencyGrant {
		e := j.grant(t.Source)
		e.gave(currency, amount)
		if words := e.short(); words != "" {
			j.report(RuleHands, "%s %s", t.Source, words)
		}
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
