package verify

import (
	"math/big"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// leaving is what leaves the ledger, by currency and day of the log, which come in order.
type leaving map[string][]*daily

type daily struct {
	day leaf.Day
	sum *big.Int
}

// on returns the sum of a currency on a day, which is none before the last one.
func (l leaving) on(currency string, day leaf.Day) *big.Int {
	days := l[currency]
	if n := len(days); n > 0 && days[n-1].day == day {
		return days[n-1].sum
	}
	d := &daily{day, new(big.Int)}
	l[strings.Clone(currency)] = append(days, d)
	return d.sum
}

// within returns what leaves within the days that are counted together, the last of
// which is on, and an amount.
func (l leaving) within(currency string, on leaf.Day, amount int64) *big.Int {
	sum := big.NewInt(amount)
	for _, d := range slices.Backward(l[currency]) {
		if !rule.Counts(d.day, on) {
			break
		}
		sum.Add(sum, d.sum)
	}
	return sum
}

// held is what a lock counts: the lock's amount and, once it is over, what its payments
// took out that did not come back.
type held struct {
	currency string
	counts   *big.Int // what leaves on the day of the lock
	taken    *big.Int
	over     bool // it was voided, or the plan was locked anew
}

// taking is what one payment has taken out under its last lock.
type taking struct {
	of     *held
	amount *big.Int
}

// take counts a payment under the plan's lock.
func (p *plan) take(payment string, amount int64) {
	t := p.takings[payment]
	if t == nil || t.of != p.held {
		t = &taking{of: p.held, amount: new(big.Int)}
		p.takings[strings.Clone(payment)] = t
	}
	t.amount.Add(t.amount, big.NewInt(amount))
	p.held.taken.Add(p.held.taken, big.NewInt(amount))
}

// back takes into account what comes back of a payment.
func (j *judge) back(t *leaf.Transaction, touched []*state) {
	name, _ := rule.PlanOf(t.Source)
	if j.plans[name] == nil || j.plans[name].takings[t.Source] == nil {
		return
	}
	taken := j.plans[name].takings[t.Source]
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Side != leaf.Credit || touched[i].path.Class != account.ClassAward || e.Currency != taken.of.currency {
			continue
		}
		back := big.NewInt(e.Amount)
		if back.Cmp(taken.amount) > 0 {
			back.Set(taken.amount)
		}
		taken.amount.Sub(taken.amount, back)
		taken.of.taken.Sub(taken.of.taken, back)
		if taken.of.over {
			taken.of.counts.Sub(taken.of.counts, back)
		}
	}
}
