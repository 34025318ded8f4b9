package allocation

import (
	"math/big"
	"slices"
)

// brute computes the weighted max-min optimum of one part over rationals, by
// looking at every set of requests: the sum of a set may not exceed what the
// funds that it may draw on hold beyond what earlier parts got.
type brute struct {
	snapshot Snapshot
	earlier  []int64 // steps that requests of earlier parts got
	admitted []int   // requests of this part, with their minimums
}

func (b brute) steps(minor int64) int64 { return minor / b.snapshot.Step }

func (b brute) minimum(i int) *big.Rat {
	s := b.snapshot
	return big.NewRat((s.Requests[i].Minimum+s.Step-1)/s.Step, 1)
}

// at is what request i wants at level l.
func (b brute) at(i int, l *big.Rat) *big.Rat {
	x := new(big.Rat).Mul(l, big.NewRat(b.snapshot.Requests[i].Weight, 1))
	if m := b.minimum(i); x.Cmp(m) < 0 {
		return m
	}
	if c := big.NewRat(b.steps(b.snapshot.Requests[i].Cap), 1); x.Cmp(c) > 0 {
		return c
	}
	return x
}

// money is what the funds of a set of requests hold.
func (b brute) money(set uint) *big.Rat {
	var total int64
	for _, f := range b.snapshot.Funds {
		for i, r := range b.snapshot.Requests {
			if set>>i&1 == 1 && slices.Contains(r.Funds, f.Name) {
				total += b.steps(f.Money)
				break
			}
		}
	}
	return big.NewRat(total, 1)
}

// feasible reports whether the amounts can be paid out of the funds.
func (b brute) feasible(amounts []*big.Rat) bool { return b.tight(amounts, false) == nil }

// tight returns a set whose money is used up (or, where strict is false, more
// than used up), by its members.
func (b brute) tight(amounts []*big.Rat, orEqual bool) []bool {
	n := len(b.snapshot.Requests)
	var member []bool
	for set := uint(1); set < 1<<n; set++ {
		sum := new(big.Rat)
		for i := range n {
			if set>>i&1 == 1 {
				sum.Add(sum, amounts[i])
			}
		}
		if c := sum.Cmp(b.money(set)); c > 0 || c == 0 && orEqual {
			if member == nil {
				member = make([]bool, n)
			}
			for i := range n {
				member[i] = member[i] || set>>i&1 == 1
			}
		}
	}
	return member
}

// optimum raises the level of all undecided requests until a set is tight,
// decides that set, and goes on with the others.
func (b brute) optimum() []*big.Rat {
	amounts := make([]*big.Rat, len(b.snapshot.Requests))
	for i, got := range b.earlier {
		amounts[i] = big.NewRat(got, 1)
	}
	open := slices.Clone(b.admitted)
	for len(open) > 0 {
		l, stuck := b.highest(amounts, open)
		for _, i := range open {
			amounts[i] = b.at(i, l)
		}
		if !stuck {
			break
		}
		member := b.tight(amounts, true)
		open = slices.DeleteFunc(open, func(i int) bool { return member[i] })
	}
	return amounts
}

// highest returns the highest common level of the open requests. Between two
// neighbouring turns every set's sum is linear, so that the level where a set
// becomes tight can be solved for.
func (b brute) highest(amounts []*big.Rat, open []int) (l *big.Rat, stuck bool) {
	at := func(l *big.Rat) []*big.Rat {
		list := slices.Clone(amounts)
		for _, i := range open {
			list[i] = b.at(i, l)
		}
		return list
	}
	turns := b.turns(open)
	low := new(big.Rat)
	for _, high := range turns {
		if b.feasible(at(high)) {
			low = high
			continue
		}
		return b.between(at, low, high), true
	}
	return low, false
}

func (b brute) turns(open []int) []*big.Rat {
	turns := []*big.Rat{}
	for _, i := range open {
		r := b.snapshot.Requests[i]
		w := big.NewRat(r.Weight, 1)
		turns = append(turns, new(big.Rat).Quo(b.minimum(i), w),
			new(big.Rat).Quo(big.NewRat(b.steps(r.Cap), 1), w))
	}
	slices.SortFunc(turns, func(x, y *big.Rat) int { return x.Cmp(y) })
	return turns
}

// between solves for the level between two turns where the first set is tight.
func (b brute) between(at func(*big.Rat) []*big.Rat, low, high *big.Rat) *big.Rat {
	best := high
	x, y := at(low), at(high)
	for set := uint(1); set < 1<<len(x); set++ {
		from, to := new(big.Rat), new(big.Rat)
		for i := range x {
			if set>>i&1 == 1 {
				from.Add(from, x[i])
				to.Add(to, y[i])
			}
		}
		m := b.money(set)
		if to.Cmp(m) <= 0 {
			continue
		}
		// low + (m-from)/(to-from)·(high-low)
		l := new(big.Rat).Sub(m, from)
		l.Quo(l, new(big.Rat).Sub(to, from))
		l.Mul(l, new(big.Rat).Sub(high, low))
		if l.Add(l, low); l.Cmp(best) < 0 {
			best = l
		}
	}
	return best
}
