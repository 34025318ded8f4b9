package rule

import (
	"maps"
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// engaged is an engagement of an auditor as its leaves have made it so far.
type engaged struct {
	leaf.Engagement
	commitment [32]byte
	by         string // who agreed first
	agreed     bool   // another one did, too
	ended      bool
}

// engage takes the next leaf about an engagement into account: it takes two officers,
// neither of whom is the auditor, and one to end it by saying anything else.
func (r *Roster) engage(d *leaf.Decision, c *leaf.Engagement) {
	e := r.engaged[d.Resource]
	switch {
	case d.Person == c.Subject:
	case e == nil:
		r.engaged[d.Resource] = &engaged{Engagement: *c, commitment: d.Commitment, by: d.Person}
	case e.commitment != d.Commitment || e.Engagement != *c:
		e.ended = true
	default:
		e.agreed = e.agreed || d.Person != e.by
	}
}

// Engaged returns the commitments of the engagements of an auditor that are in force on
// a day, in the order of their names.
func (r *Roster) Engaged(name string, on leaf.Day) (commitments [][32]byte) {
	for _, resource := range slices.Sorted(maps.Keys(r.engaged)) {
		e := r.engaged[resource]
		if e.Subject == name && e.agreed && !e.ended && e.From <= on && on <= e.Until {
			commitments = append(commitments, e.commitment)
		}
	}
	return commitments
}
