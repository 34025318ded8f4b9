package snapshot

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
)

// eligible says which funds of a round accept which requests. Rules are asked once for
// all requests that are alike.
type eligible struct {
	names []string // of the round's funds
	rules map[string]eligibility.Rule
	asked map[eligibility.Attributes][]string
}

func accepting(r round.Round, rules map[string]eligibility.Rule) *eligible {
	e := &eligible{rules: rules, asked: map[eligibility.Attributes][]string{}}
	for _, b := range r.Budgets {
		e.names = append(e.names, b.Fund)
	}
	return e
}

// funds are the names of those that accept a request. A rule that cannot be asked accepts
// nothing.
func (e *eligible) funds(a eligibility.Attributes) []string {
	names, known := e.asked[a]
	if known {
		return names
	}
	for _, name := range e.names {
		if is, err := e.rules[name].Accepts(a); is && err == nil {
			names = append(names, name)
		}
	}
	e.asked[a] = names
	return names
}

// narrow leaves out the funds by whose rules too few families are eligible, whatever
// their currency, and returns their names: what such a fund gave would point at them.
func (e *eligible) narrow(needs []Need) []string {
	families := map[string]map[string]bool{}
	for _, n := range needs {
		for _, name := range e.funds(n.Attributes) {
			if families[name] == nil {
				families[name] = map[string]bool{}
			}
			families[name][n.Family] = true
		}
	}
	var left []string
	for _, name := range e.names {
		if e.rules[name].Restricts() && len(families[name]) < eligibility.Fewest {
			left = append(left, name)
		}
	}
	for a, names := range e.asked {
		e.asked[a] = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(left, name) })
	}
	return left
}
