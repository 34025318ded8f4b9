package rule

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Stands reports whether what somebody has decided still counts at a later place of the
// log, on a day: by the leaves before that place they hold a role for it on that day,
// are not frozen then, and were not frozen within VoidDays of their decision, whether or
// not that was lifted. The roster may know of later leaves.
func (r *Roster) Stands(d *leaf.Decision, at int64, on leaf.Day) bool {
	p := r.persons[d.Person]
	return p != nil && !p.stop.holds(at, on) && !p.stop.voids(d, at) && OfDecision(d.Kind).MayTake(func(role leaf.Role) bool {
		return slices.ContainsFunc(p.grants, func(h *Holding) bool { return h.Role == role && h.inForceAt(at, on) })
	})
}

// inForceAt reports whether the grant is in force on a day by the leaves before a place.
func (h *Holding) inForceAt(at int64, on leaf.Day) bool {
	return h.Sequence < at && (!h.Revoked || h.RevokedAt >= at) && h.From <= on && on <= h.Until
}

// holds reports whether a stop holds on a day by the leaves before a place.
func (s *stop) holds(at int64, on leaf.Day) bool {
	i := from(s.changed, at)
	return i > 0 && s.changed[i-1].until >= on
}

// voids reports whether the first freeze between a decision and a place came soon enough
// to void it.
func (s *stop) voids(d *leaf.Decision, at int64) bool {
	i := from(s.frozen, d.Sequence)
	return i < len(s.frozen) && s.frozen[i].sequence < at && s.frozen[i].day <= d.Day+VoidDays
}

// from returns the index of the first moment that is not before a place.
func from(moments []moment, at int64) int {
	i, _ := slices.BinarySearchFunc(moments, at, func(m moment, at int64) int { return int(m.sequence - at) })
	return i
}
