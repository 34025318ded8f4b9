package book

import (
	"math"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// leaving is something that counts when the books say how many persons a plan needs.
type leaving struct {
	what       step
	plan       string // empty for money without one
	payment    string // for what was taken out and came back
	commitment [32]byte
	currency   string
	day        leaf.Day // on which it counts
	amount     int64
	emergency  bool // it is an emergency grant
}

// step says what a leaf does to what leaves the ledger.
type step uint8

const (
	locks    step = iota + 1 // a plan is locked: its amount counts
	voids                    // its lock is taken back: what its payments took out counts
	spends                   // money leaves without a plan
	takesOut                 // a payment is made
	comesBack
)

// begins is the first decision of a day.
type begins struct {
	day      leaf.Day
	sequence int64
}

// KnowDay loads the sequence of the first decision of a day. Days come in order; a
// decision of an earlier day than one before it begins none.
func (b *Books) KnowDay(day leaf.Day, sequence int64) {
	if n := len(b.days); n == 0 || b.days[n-1].day < day {
		b.days = append(b.days, begins{day, sequence})
	}
}

// dayAt returns the day of the log at a place: the latest one of a decision before it.
// What leaves counts on that day, not on the one that it is booked on: who books a cost
// on an early day does not take it out of sight.
func (b *Books) dayAt(sequence int64) (day leaf.Day) {
	for _, d := range b.days {
		if d.sequence < sequence {
			day = max(day, d.day)
		}
	}
	return day
}

// KnowLeaving loads a leaf that counts among what leaves the ledger; others are not
// looked at. They come in the order of their sequence, behind the days.
func (b *Books) KnowLeaving(l leaf.Leaf) {
	if d := l.Decision; d != nil {
		day := max(d.Day, b.dayAt(d.Sequence))
		switch lock, _ := d.Content.(*leaf.Lock); {
		case lock != nil:
			b.leaving = append(b.leaving, leaving{what: locks, plan: d.Resource, commitment: d.Commitment, currency: lock.Currency, day: day, amount: lock.Amount})
		case d.Kind == leaf.DecisionPlanVoided:
			b.leaving = append(b.leaving, leaving{what: voids, plan: d.Resource, commitment: d.Commitment})
		}
	}
	if t := l.Transaction; t != nil {
		b.knowMoney(t)
	}
}

func (b *Books) knowMoney(t *leaf.Transaction) {
	may := rule.Of(t.Kind)
	if may.Counted {
		currency := t.Entries[0].Currency
		b.leaving = append(b.leaving, leaving{what: spends, currency: currency, day: b.dayAt(t.Sequence), amount: debited(t, currency), emergency: t.Kind == leaf.EmergencyGrant})
	}
	plan, ok := rule.PlanOf(t.Source)
	if !ok {
		return
	}
	for _, e := range t.Entries {
		l := leaving{plan: plan, payment: t.Source, currency: e.Currency, amount: e.Amount}
		switch {
		case may.Basis.Process() == rule.Plan && pays(e):
			l.what = takesOut
		case may.BringsBack() && e.Side == leaf.Credit && classOf(e.Account) == account.ClassAward:
			l.what = comesBack
		default:
			continue
		}
		b.leaving = append(b.leaving, l)
	}
}

// debited returns how much of a currency a transaction debits.
func debited(t *leaf.Transaction, currency string) (sum int64) {
	for _, e := range t.Entries {
		if e.Side == leaf.Debit && e.Currency == currency {
			sum = plus(sum, e.Amount)
		}
	}
	return sum
}

// plus adds amounts, to the largest number at most.
func plus(a, b int64) int64 {
	n, err := money.Add(a, b)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

// held is a lock of a plan, and what its payments have taken out that did not come back.
type held struct {
	leaving
	taken int64
	live  bool // it is the plan's last one, and not voided
}

// taking is what one payment has taken out under its last lock.
type taking struct {
	of     *held
	amount int64
}

// leaves returns how much of a currency leaves within the days that are counted
// together, the last of which is on: other plans than the named one as they were locked
// last, what was paid of earlier locks, what left without a plan, and the amount.
func (b *Books) leaves(plan, currency string, on leaf.Day, amount int64) int64 {
	t := tally{last: map[string]*held{}, takings: map[string]*taking{}}
	for _, l := range b.leaving {
		if l.what == spends && l.currency == currency && rule.Counts(l.day, on) {
			amount = plus(amount, l.amount)
		}
		t.add(l)
	}
	for _, h := range t.all {
		switch {
		case h.currency != currency || !rule.Counts(h.day, on):
		case !h.live:
			amount = plus(amount, h.taken)
		case h.plan != plan:
			amount = plus(amount, h.amount)
		}
	}
	return amount
}

// tally adds up what plans count.
type tally struct {
	all     []*held
	last    map[string]*held // by plan
	takings map[string]*taking
}

func (t *tally) add(l leaving) {
	h := t.last[l.plan]
	switch l.what {
	case locks:
		if h != nil {
			h.live = false
		}
		h = &held{leaving: l, live: true}
		t.last[l.plan], t.all = h, append(t.all, h)
	case voids:
		if h != nil && h.commitment == l.commitment {
			h.live = false
		}
	case takesOut:
		t.take(h, l)
	case comesBack:
		if k := t.takings[l.payment]; k != nil && k.of.currency == l.currency {
			back := min(k.amount, l.amount)
			k.amount, k.of.taken = k.amount-back, k.of.taken-back
		}
	}
}

func (t *tally) take(h *held, l leaving) {
	if h == nil || h.currency != l.currency {
		return
	}
	k := t.takings[l.payment]
	if k == nil || k.of != h {
		k = &taking{of: h}
		t.takings[l.payment] = k
	}
	k.amount, h.taken = plus(k.amount, l.amount), plus(h.taken, l.amount)
}
