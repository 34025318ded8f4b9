package rule

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// agreement is what one person proposes about staff, and who confirms it.
type agreement struct {
	proposer  string
	byOfficer bool                    // the proposer was a protection officer
	confirmed [MoneyDesk + 1][]string // colleagues of each desk who confirmed it, two at most
}

// proposedBy is an agreement that the leaf's person begins.
func (r *Roster) proposedBy(d *leaf.Decision) agreement {
	return agreement{proposer: d.Person, byOfficer: r.Grants(d.Person, d.Day)}
}

// agrees notes that the leaf's person confirms what another one has proposed, and reports
// whether that is enough: an officer has confirmed what another one proposed, or two
// colleagues of different desks have.
func (r *Roster) agrees(a *agreement, d *leaf.Decision) bool {
	if d.Person == a.proposer {
		return false
	}
	for _, desk := range r.desks(d.Person, d.Day) {
		if len(a.confirmed[desk]) < 2 && !slices.Contains(a.confirmed[desk], d.Person) {
			a.confirmed[desk] = append(a.confirmed[desk], d.Person)
		}
	}
	return a.byOfficer && r.Grants(d.Person, d.Day) || a.byTwoDesks()
}

// byTwoDesks reports whether two persons of different desks have confirmed.
func (a *agreement) byTwoDesks() bool {
	for _, one := range a.confirmed[CaseDesk] {
		for _, other := range a.confirmed[MoneyDesk] {
			if one != other {
				return true
			}
		}
	}
	return false
}
