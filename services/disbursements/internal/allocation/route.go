package allocation

import (
	"cmp"
	"fmt"
	"slices"
)

// route decides which fund pays what, after all amounts are fixed: the most
// restricted money first (the fund that the fewest requests may draw on), ties
// by name. It returns the shares of each request.
func (e *engine) route() ([][]Share, error) {
	order := e.byRestriction()
	n := newNetwork(make([]wide, len(e.money)), e.funds)
	for _, w := range e.wants {
		n.demand[w.class] = n.demand[w.class].add(wide{lo: uint64(w.got)})
	}
	met := false
	for _, f := range order {
		n.capacity[f] = wide{lo: uint64(e.money[f])}
		met = n.saturate()
	}
	if !met && slices.ContainsFunc(e.wants, func(w want) bool { return w.got > 0 }) {
		return nil, fmt.Errorf("allocation: the amounts cannot be routed")
	}
	return e.split(n, order), nil
}

func (e *engine) byRestriction() []int {
	eligible := make([]int, len(e.money))
	for _, w := range e.wants {
		for _, f := range e.funds[w.class] {
			eligible[f]++
		}
	}
	order := make([]int, len(e.money))
	for f := range order {
		order[f] = f
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(eligible[a], eligible[b]) })
	return order
}

// split divides what a class draws on its funds among its requests: requests in
// canonical order, funds in the order of routing.
func (e *engine) split(n *network, order []int) [][]Share {
	left := make([]map[int]int64, len(e.funds))
	for c, funds := range e.funds {
		left[c] = map[int]int64{}
		for i, f := range funds {
			left[c][f] = int64(n.flow[c][i].lo)
		}
	}
	shares := make([][]Share, len(e.wants))
	for i, w := range e.wants {
		need := w.got
		for _, f := range order {
			steps := min(need, left[w.class][f])
			if steps == 0 {
				continue
			}
			left[w.class][f] -= steps
			need -= steps
			shares[i] = append(shares[i], Share{Fund: e.snapshot.Funds[f].Name, Amount: steps * e.snapshot.Step})
		}
	}
	return shares
}
