package book

import "github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"

// undo remembers what the unit in hand has changed, so that it can be taken back.
type undo struct {
	size     int64
	open     leaf.Day
	booked   int
	balances []saved
	reversed []int64
}

type saved struct {
	account leaf.Account
	balance Balance
}

func (u *undo) begin(b *Books) {
	u.size, u.open, u.booked = b.head.Size, b.head.Open, len(b.booked)
	u.balances, u.reversed = u.balances[:0], u.reversed[:0]
}

func (u *undo) balance(a leaf.Account, before Balance) {
	u.balances = append(u.balances, saved{a, before})
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
	for a, sequence := range b.emergencies {
		if sequence >= u.size {
			delete(b.emergencies, a)
		}
	}
	b.booked = b.booked[:u.booked]
	b.head.Size, b.head.Open = u.size, u.open
}
