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
	admitted := slices.DeleteFunc(slices.Clone(part), func(i int) bool { return e.wants[i].stopped != 0 })
	pieces, err := e.divide(admitted)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		for _, i := range p.requests {
			w := &e.wants[i]
			whole, _ := w.at(p)
			if !e.give(i, whole-w.got) {
				return fmt.Errorf("allocation: a fair level is not feasible")
			}
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
	order := slices.Clone(p.requests)
	slices.SortStableFunc(order, func(a, b int) int {
		_, x := e.wants[a].at(p)
		_, y := e.wants[b].at(p)
		return cmp.Compare(y, x)
	})
	left := p.steps
	for _, i := range p.requests {
		left -= e.wants[i].got
	}
	for _, i := range order {
		if _, rest := e.wants[i].at(p); left <= 0 || rest == 0 {
			break
		}
		if e.give(i, 1) {
			left--
		}
	}
	for _, i := range p.requests {
		w := &e.wants[i]
		w.level = p.level
		w.stopped = FundsExhausted
		if w.got == w.cap {
			w.stopped = CapReached
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
