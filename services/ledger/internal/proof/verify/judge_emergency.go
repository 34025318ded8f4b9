package verify

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// emergency is what was decided about an emergency grant, and given by it.
type emergency struct {
	commitment [32]byte
	content    leaf.Emergency
	first      string
	approvals  []*leaf.Decision    // with that content
	given      map[string]*big.Int // by currency
}

func (j *judge) grant(name string) *emergency {
	e := j.grants[name]
	if e == nil {
		e = &emergency{given: map[string]*big.Int{}}
		j.grants[strings.Clone(name)] = e
	}
	return e
}

// emergency takes an approval into account; two of the same content count, of no more
// than a family may get.
func (j *judge) emergency(d *leaf.Decision) {
	e, c := j.grant(d.Resource), d.Content.(*leaf.Emergency)
	if most := j.policies.hands(d.Day, c.Currency).EmergencyFamilyCap; c.Amount > most {
		j.report(RuleHands, "%s is approved with %d %s, but a family may get %d", d.Resource, c.Amount, c.Currency, most)
	}
	if e.first == "" {
		e.commitment, e.content, e.first = d.Commitment, *c, d.Person
	}
	if e.commitment == d.Commitment && e.content == *c {
		e.approvals = append(e.approvals, d)
	}
}

// byTwo reports whether two persons have approved the grant before a place of the log,
// whose decisions stand there on a day.
func (e *emergency) byTwo(before int64, stands func(*leaf.Decision) bool) bool {
	by := map[string]bool{}
	for _, d := range e.approvals {
		if len(by) < 2 && d.Sequence < before && !by[d.Person] && stands(d) {
			by[d.Person] = true
		}
	}
	return len(by) == 2
}

func (e *emergency) gave(currency string, amount int64) {
	if e.given[currency] == nil {
		e.given[strings.Clone(currency)] = new(big.Int)
	}
	e.given[currency].Add(e.given[currency], big.NewInt(amount))
}

// short says in words why so much may not be given.
func (e *emergency) short(before int64, stands func(*leaf.Decision) bool) string {
	switch {
	case e == nil || e.first == "":
		return "has no EMERGENCY_APPROVED before this"
	case !e.byTwo(before, stands):
		return "has no second EMERGENCY_APPROVED, of the same content and by another person than " + e.first + ", or by two who still might"
	}
	for _, currency := range slices.Sorted(maps.Keys(e.given)) {
		given := e.given[currency]
		if currency != e.content.Currency || given.Cmp(big.NewInt(e.content.Amount)) > 0 {
			return fmt.Sprintf("gave %s %s, but was approved with %d %s", given, currency, e.content.Amount, e.content.Currency)
		}
	}
	return ""
}

// gives checks and counts what an emergency grant gives.
func (j *judge) gives(source, currency string, amount int64) {
	e, policy := j.grant(source), j.policies.hands(j.today, currency)
	e.gave(currency, amount)
	if words := e.short(j.at, func(d *leaf.Decision) bool { return j.stands(d, j.today) }); words != "" {
		j.report(RuleHands, "%s %s", source, words)
	}
	if given := e.given[currency]; given.Cmp(big.NewInt(policy.EmergencyFamilyCap)) > 0 {
		j.report(RuleHands, "%s gave %s %s, but a family may get %d", source, given, currency, policy.EmergencyFamilyCap)
	}
	sum := j.emergencies.on(currency, j.today)
	sum.Add(sum, big.NewInt(amount))
	if given := j.emergencies.within(currency, j.today, 0); given.Cmp(big.NewInt(policy.EmergencyMonthCap)) > 0 {
		j.report(RuleHands, "%s brings what emergencies got in 30 days to %s %s, but the policy in force allows %d", source, given, currency, policy.EmergencyMonthCap)
	}
}

// paysGrants says in words which of the grants that a plan pays lacks two approvals by
// persons who still might at its release: they stand for the plan's.
func (j *judge) paysGrants(release *leaf.Decision, sources []string) string {
	for _, source := range sources {
		if !j.grant(source).byTwo(release.Sequence, func(d *leaf.Decision) bool {
			return j.anybody || j.roster.Stands(d, release.Sequence, release.Day)
		}) {
			return "pays " + source + ", which lacks two EMERGENCY_APPROVED by persons who still might at its release"
		}
	}
	return ""
}
