package allocation

import (
	"cmp"
	"fmt"
	"slices"
)

// piece is a set of a part's requests that are stopped at one level by the same
// empty funds; where full is set they receive their caps instead.
type piece struct {
	requests []int
	level    level
	full     bool
	// steps is what they receive together; not set where full.
	steps int64
}

// fill gives the admitted requests of a part what the fairest division gives
// them, in whole steps.
func (e *engine) fill(part []int) error {
	admitted := slices.DeleteFunc(slices.Clone(part), func(i int) bool { return e.wants[i].stopped != "" })
	pieces, err := e.divide(admitted)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if err := e.giveWhole(p); err != nil {
			return err
		}
	}
	for _, p := range pieces {
		e.round(p)
	}
	for _, i := range admitted {
		e.carried[e.wants[i].class] += e.wants[i].got
	}
	return nil
}

// giveWhole gives the requests of a piece their whole steps, class by class.
func (e *engine) giveWhole(p piece) error {
	more := make([]int64, len(e.funds))
	for _, i := range p.requests {
		w := &e.wants[i]
		whole, _ := w.at(p)
		more[w.class] += whole - w.got
		w.got = whole
	}
	for class, steps := range more {
		if steps > 0 && !e.flow.push(class, steps) {
			return fmt.Errorf("allocation: a fair level is not feasible")
		}
	}
	return nil
}

// at returns what the request receives in piece p: whole steps, and what is
// above them in parts of the level's denominator.
func (w *want) at(p piece) (whole, rest int64) {
	if p.full {
		return w.cap, 0
	}
	whole, rest = p.level.share(w.weight)
	switch {
	case whole < w.min:
		return w.min, 0
	case whole >= w.cap:
		return w.cap, 0
	}
	return whole, rest
}

// round hands out a piece's odd steps by the largest remainder, ties by ID, and
// notes level and reason.
func (e *engine) round(p piece) {
	e.giveOdd(p)
	for _, i := range p.requests {
		w := &e.wants[i]
		w.level = p.level
		w.stopped = FundsExhausted
		if w.got == w.cap {
			w.stopped = CapReached
		}
	}
}

// giveOdd gives one step more to those with the largest remainders. A class that
// the money does not reach now will not be reached later.
func (e *engine) giveOdd(p piece) {
	left := p.steps
	rest := make(map[int]int64, len(p.requests))
	var order []int
	for _, i := range p.requests {
		left -= e.wants[i].got
		if _, r := e.wants[i].at(p); r > 0 {
			rest[i] = r
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	closed := make([]bool, len(e.funds))
	for _, i := range order {
		w := &e.wants[i]
		switch {
		case left <= 0 || closed[w.class]:
		case e.flow.push(w.class, 1):
			w.got++
			left--
		default:
			closed[w.class] = true
		}
	}
}

// divide splits a part into pieces. Each round finds the highest level that all
// undecided requests can have together; the money that stops it and the
// requests that depend on that money no longer influence the others.
func (e *engine) divide(requests []int) ([]piece, error) {
	d := newDivision(e, requests)
	var pieces []piece
	for len(d.open) > 0 {
		p, err := d.next()
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, p)
	}
	return pieces, nil
}
