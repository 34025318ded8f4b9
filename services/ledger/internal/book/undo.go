package book

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// undo remembers what the unit in hand has changed, so that it can be taken back.
type undo struct {
	size     int64
	open     leaf.Day
	booked   int
	balances []saved
	reversed []int64
	attempts []savedAttempt
	advanced []savedAdvance
	leaving  int
	days     int
	policies int
	staff    int
}

// savedAttempt is the largest attempt of a payment before the unit.
type savedAttempt struct {
	plan, payment string
	largest       int64
	known         bool
}

// savedAdvance is what fees had made of a deficit before.
type savedAdvance struct {
	deficit leaf.Account
	minor   int64
}

type saved struct {
	account leaf.Account
	balance Balance
}

func (u *undo) begin(b *Books) {
	u.size, u.open, u.booked = b.head.Size, b.head.Open, len(b.booked)
	u.balances, u.reversed, u.attempts = u.balances[:0], u.reversed[:0], u.attempts[:0]
	u.advanced = u.advanced[:0]
	u.leaving, u.days, u.policies, u.staff = len(b.leaving), len(b.days), len(b.policies), len(b.staff)
}

func (u *undo) balance(a leaf.Account, before Balance) {
	u.balances = append(u.balances, saved{a, before})
}

func (u *undo) attempt(b *Books, payment string) {
	if plan, ok := rule.PlanOf(payment); ok {
		largest, known := b.paid[plan][payment]
		u.attempts = append(u.attempts, savedAttempt{plan, payment, largest, known})
	}
}

// roll takes the unit back, the latest change first.
func (u *undo) roll(b *Books) {
	for i := len(u.balances) - 1; i >= 0; i-- {
		b.balances[u.balances[i].account] = u.balances[i].balance
	}
	for _, sequence := range u.reversed {
		delete(b.reversed, sequence)
	}
	for _, l := range b.booked[u.booked:] {
		delete(b.known, l.Reference())
		if d := l.Decision; d != nil && d.Resource != "" {
			about := b.decisions[d.Resource]
			b.decisions[d.Resource] = about[:len(about)-1]
		}
	}
	for a, by := range b.emergencies {
		b.emergencies[a] = slices.DeleteFunc(by, func(g grant) bool { return g.sequence >= u.size })
		if len(b.emergencies[a]) == 0 {
			delete(b.emergencies, a)
		}
	}
	for _, a := range slices.Backward(u.attempts) {
		if b.paid[a.plan][a.payment] = a.largest; !a.known {
			delete(b.paid[a.plan], a.payment)
		}
	}
	for _, a := range slices.Backward(u.advanced) {
		b.advanced[a.deficit] = a.minor
	}
	b.leaving, b.days, b.policies = b.leaving[:u.leaving], b.days[:u.days], b.policies[:u.policies]
	if len(b.staff) > u.staff {
		b.staff, b.roster = b.staff[:u.staff], nil
	}
	b.booked = b.booked[:u.booked]
	b.head.Size, b.head.Open = u.size, u.open
}
