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
	perCaseworker = 10_000
)

// Paid is what a family gets, and what it shares with others.
type Paid struct {
	Family string
	Minor  int64
	// Owner is whose case it is, Prisoner the one that it stands behind, Places where it
	// is paid: alike for families that share them.
	Owner, Prisoner string
	Places          []string
}

// Concentrated returns the families at which somebody should look, in order; unit is how
// many minor units a whole one has.
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
		slices.SortFunc(group, func(a, b Paid) int { return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(a.Family, b.Family)) })
		name(group[:min(len(group), int(sum(group)/(perCaseworker*unit)))])
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
