package allocation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Allocate computes the round: per request, in the canonical order, what it
// receives and why. It fails only on a snapshot that Check refuses.
func Allocate(s Snapshot) ([]Allocation, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("check snapshot: %w", err)
	}
	e := newEngine(s.Canonical())
	for _, part := range e.parts() {
		e.admitMinimums(part)
		if err := e.fill(part); err != nil {
			return nil, err
		}
	}
	shares, err := e.route()
	if err != nil {
		return nil, err
	}
	return e.allocations(shares), nil
}

// want is one request in whole steps.
type want struct {
	class            int
	weight, min, cap int64
	got              int64
	level            level
	stopped          Reason
}

// engine is one run. All amounts in it are whole steps.
type engine struct {
	snapshot Snapshot
	wants    []want
	// money is per fund, funds per class: the indices of the funds it may draw
	// on.
	money []int64
	funds [][]int
	// carried is what the classes have been given so far, all of it routed;
	// flow is the network that carries it.
	carried []int64
	flow    *network
}

func newEngine(s Snapshot) *engine {
	e := &engine{snapshot: s, wants: make([]want, len(s.Requests)), money: make([]int64, len(s.Funds))}
	index := map[string]int{}
	capacity := make([]wide, len(s.Funds))
	for i, f := range s.Funds {
		e.money[i] = f.Money / s.Step
		capacity[i] = wide{lo: uint64(e.money[i])}
		index[f.Name] = i
	}
	classes := map[string]int{}
	for i, r := range s.Requests {
		key := strings.Join(r.Funds, ",")
		class, known := classes[key]
		if !known {
			class = len(e.funds)
			classes[key] = class
			e.funds = append(e.funds, indices(r.Funds, index))
		}
		e.wants[i] = want{
			class: class, weight: r.Weight, cap: r.Cap / s.Step,
			min: (r.Minimum + s.Step - 1) / s.Step,
		}
	}
	e.carried = make([]int64, len(e.funds))
	e.flow = newNetwork(capacity, e.funds)
	return e
}

func indices(names []string, index map[string]int) []int {
	list := make([]int, len(names))
	for i, name := range names {
		list[i] = index[name]
	}
	return list
}

// parts returns the requests of each tier, running ones before new ones, as
// indices in the canonical order. Requests that can receive nothing are marked
// and left out.
func (e *engine) parts() [][]int {
	type key struct {
		tier int
		kind int // 0 running, 1 new
	}
	byKey := map[key][]int{}
	var keys []key
	for i, r := range e.snapshot.Requests {
		if e.wants[i].stopped = hopeless(r, e.wants[i]); e.wants[i].stopped != "" {
			continue
		}
		k := key{tier: r.Tier, kind: 1}
		if r.Running {
			k.kind = 0
		}
		if byKey[k] == nil {
			keys = append(keys, k)
		}
		byKey[k] = append(byKey[k], i)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.kind, b.kind))
	})
	parts := make([][]int, len(keys))
	for i, k := range keys {
		parts[i] = byKey[k]
	}
	return parts
}

func hopeless(r Request, w want) Reason {
	switch {
	case len(r.Funds) == 0:
		return NoEligibleFund
	case w.cap == 0:
		return BelowStep
	case w.min > w.cap:
		return MinimumNotMet
	}
	return ""
}

// admitMinimums sets the minimums of a part aside, longest wait first, then by
// ID, as long as the network carries them.
func (e *engine) admitMinimums(part []int) {
	order := slices.Clone(part)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(e.snapshot.Requests[a].WaitingSince, e.snapshot.Requests[b].WaitingSince)
	})
	for _, i := range order {
		w := &e.wants[i]
		switch {
		case w.min == 0:
		case e.flow.push(w.class, w.min):
			w.got = w.min
		default:
			w.stopped = MinimumNotMet
		}
	}
}
