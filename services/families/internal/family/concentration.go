package family

import (
	"cmp"
	"maps"
	"slices"
)

// What may go together before somebody looks, within 30 days, in whole units of a
// currency.
const (
	perFamily     = 1_000
	perPrisoner   = 1_000
	perCaseworker = 5_000 // as much as unseen families of one may get before the first policy
)

// Paid is what a family gets, and what it shares with others.
type Paid struct {
	Family string
	Minor  int64
	// OfPlan says that the plan pays it; others count with those that it pays.
	OfPlan bool
	// Owner is whose case it is, Prisoner the one that it stands behind, Places where it
	// is paid: alike for families that share them.
	Owner, Prisoner string
	Places          []string
}

// Concentrated returns the families of a plan at which somebody should look, in order;
// unit is how many minor units a whole one has. What goes together is added up over all
// that is paid within the days: whoever makes many small plans gains nothing.
func Concentrated(list []Paid, unit int64) []string {
	named := map[string]bool{}
	byPrisoner, byPlace, byOwner := map[string][]Paid{}, map[string][]Paid{}, map[string][]Paid{}
	for _, p := range list {
		named[p.Family] = p.Minor > perFamily*unit
		byPrisoner[p.Prisoner] = append(byPrisoner[p.Prisoner], p)
		byOwner[p.Owner] = append(byOwner[p.Owner], p)
		for _, place := range p.Places {
			byPlace[place] = append(byPlace[place], p)
		}
	}
	name := func(some []Paid) {
		for _, p := range some {
			named[p.Family] = true
		}
	}
	for _, group := range byPrisoner {
		if len(group) > 1 && sum(group) > perPrisoner*unit {
			name(group)
		}
	}
	for _, group := range byPlace {
		if len(group) > 1 {
			name(group)
		}
	}
	for _, group := range byOwner {
		looks := int(sum(group) / (perCaseworker * unit))
		group = slices.DeleteFunc(group, func(p Paid) bool { return !p.OfPlan })
		slices.SortFunc(group, func(a, b Paid) int { return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(a.Family, b.Family)) })
		name(group[:min(len(group), looks)])
	}
	for _, p := range list {
		named[p.Family] = named[p.Family] && p.OfPlan
	}
	maps.DeleteFunc(named, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(named))
}

func sum(list []Paid) (total int64) {
	for _, p := range list {
		total += p.Minor
	}
	return total
}
