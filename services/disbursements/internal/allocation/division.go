package allocation

import (
	"fmt"
	"slices"
)

// division is the state of dividing one part's money: what is still open, and
// the money and earlier tiers' amounts that go with it.
type division struct {
	e *engine
	// open are the undecided requests.
	open []int
	// steps are the levels at which some request starts or stops growing, in
	// order; computed once.
	turns []turn
	// money is per fund, earlier per class; zero once decided.
	money, earlier []int64
}

// turn is a level at which a request starts to grow above its minimum, or
// reaches its cap.
type turn struct {
	at      level
	request int
	ends    bool
}

func newDivision(e *engine, requests []int) *division {
	d := &division{
		e: e, open: requests, money: slices.Clone(e.money), earlier: slices.Clone(e.carried),
		turns: make([]turn, 0, 2*len(requests)),
	}
	for _, i := range requests {
		w := e.wants[i]
		d.turns = append(d.turns,
			turn{at: level{w.min, w.weight}, request: i},
			turn{at: level{w.cap, w.weight}, request: i, ends: true})
	}
	slices.SortStableFunc(d.turns, func(a, b turn) int { return a.at.compare(b.at) })
	return d
}

// next decides the requests that are stopped first. It starts from everybody's
// cap and lowers the level, each time to where the worst set of competitors can
// just be served, until all can.
func (d *division) next() (piece, error) {
	p := piece{full: true}
	var classes, funds []int
	for {
		n := d.network(p)
		if n.saturate() {
			break
		}
		classes, funds = n.cut()
		lower := d.lower(classes, funds)
		if lower.level.den < 1 || !p.full && lower.level.compare(p.level) >= 0 {
			return p, fmt.Errorf("allocation: the level does not fall") // a defect; never loop
		}
		p = lower
	}
	if p.full {
		p.requests, d.open = d.open, nil
		return p, nil
	}
	return d.settle(p, classes, funds), nil
}

// network makes the network in which every open request wants what p gives.
func (d *division) network(p piece) *network {
	scale := p.level.den
	if p.full {
		scale = 1
	}
	capacity := make([]wide, len(d.money))
	for f, m := range d.money {
		capacity[f] = product(m, scale)
	}
	n := newNetwork(capacity, d.e.funds)
	for c, m := range d.earlier {
		n.demand[c] = product(m, scale)
	}
	for _, i := range d.open {
		w := &d.e.wants[i]
		whole, rest := w.at(p)
		n.demand[w.class] = n.demand[w.class].add(product(whole, scale)).add(wide{lo: uint64(rest)})
	}
	return n
}

// lower returns the level at which the open requests of classes want exactly
// what funds hold beyond the classes' earlier amounts.
func (d *division) lower(classes, funds []int) piece {
	member := make([]bool, len(d.earlier))
	var steps int64
	for _, c := range classes {
		member[c] = true
		steps -= d.earlier[c]
	}
	for _, f := range funds {
		steps += d.money[f]
	}
	return piece{level: d.solve(member, steps), steps: steps}
}

// solve finds the level at which the open requests of the member classes want
// steps together: the sum grows piecewise linearly from turn to turn.
func (d *division) solve(member []bool, steps int64) level {
	open := make([]bool, len(d.e.wants))
	var fixed, slope int64
	for _, i := range d.open {
		if w := d.e.wants[i]; member[w.class] {
			open[i] = true
			fixed += w.min
		}
	}
	for _, t := range d.turns {
		if !open[t.request] {
			continue
		}
		if slope > 0 && !product(fixed, t.at.den).add(product(t.at.num, slope)).less(product(steps, t.at.den)) {
			break
		}
		w := d.e.wants[t.request]
		if t.ends {
			fixed, slope = fixed+w.cap, slope-w.weight
		} else {
			fixed, slope = fixed-w.min, slope+w.weight
		}
	}
	return level{steps - fixed, slope}
}

// settle takes what p decides out of the division.
func (d *division) settle(p piece, classes, funds []int) piece {
	member := make([]bool, len(d.earlier))
	for _, c := range classes {
		member[c] = true
		d.earlier[c] = 0
	}
	for _, f := range funds {
		d.money[f] = 0
	}
	var open []int
	for _, i := range d.open {
		if member[d.e.wants[i].class] {
			p.requests = append(p.requests, i)
		} else {
			open = append(open, i)
		}
	}
	d.open = open
	return p
}
