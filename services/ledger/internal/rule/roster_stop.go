package rule

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

const (
	// FreezeDays is how many days after its own a freeze by one person ends at the
	// latest.
	FreezeDays = 1
	// RepeatDays is for how many days after a freeze another one of the same person
	// takes two.
	RepeatDays = 7
)

// taker is somebody who wants a grant taken back.
type taker struct {
	name    string
	officer bool
	desks   []Desk
}

// revoke notes who takes a grant back. One person withdraws what was only proposed; of
// a grant that was in force it takes an officer and any colleague or, where no other
// officer is there, three colleagues of both desks.
func (r *Roster) revoke(d *leaf.Decision) {
	r.granted = true
	h := r.grants[d.Resource]
	switch {
	case h == nil:
	case h.Sequence < 0:
		h.takeBack(d.Sequence)
	case !slices.ContainsFunc(h.takers, func(t taker) bool { return t.name == d.Person }):
		h.takers = append(h.takers, taker{d.Person, r.Holds(d.Person, leaf.ProtectionOfficer, d.Day), r.desks(d.Person, d.Day)})
		if h.byOfficerAndOther() || h.byThree() {
			h.takeBack(d.Sequence)
		}
	}
}

func (h *Holding) takeBack(at int64) {
	if !h.Revoked {
		h.Revoked, h.RevokedAt = true, at
	}
}

func (h *Holding) byOfficerAndOther() bool {
	return len(h.takers) > 1 && slices.ContainsFunc(h.takers, func(t taker) bool { return t.officer })
}

// byThree reports whether three colleagues of both desks, none of whom holds the
// grant, take it back.
func (h *Holding) byThree() bool {
	others, sits := 0, [MoneyDesk + 1]bool{}
	for _, t := range h.takers {
		if t.name == h.Subject {
			continue
		}
		others++
		for _, desk := range t.desks {
			sits[desk] = true
		}
	}
	return others > 2 && sits[CaseDesk] && sits[MoneyDesk]
}

// stop is how somebody is kept from doing anything.
type stop struct {
	until leaf.Day // last day of the freeze; what was lifted ended the day before
	last  leaf.Day // last day of any freeze
	by    []string // who froze
	asked []asked  // what one person alone cannot do

	frozen  []moment // each freeze that held, in the order of the log
	changed []moment // each change of until, likewise
}

// moment is a leaf that has stopped somebody, or let them go on.
type moment struct {
	sequence   int64
	day, until leaf.Day
}

// asked is a freeze, a longer one or a lifting that a second person has yet to agree to.
type asked struct {
	kind       leaf.DecisionKind
	commitment [32]byte
	by         []string
}

// freeze freezes somebody. One person does it alone for a day, unless they have frozen
// somebody else already, or the person was frozen a few days ago; all else takes two,
// one of whom has not frozen the person before.
func (r *Roster) freeze(d *leaf.Decision, c *leaf.Freeze) {
	s, by := r.person(c.Subject), r.person(d.Person)
	self := d.Person == "" || d.Person == c.Subject
	alone := c.Until <= d.Day+FreezeDays && (self || by.freezing < d.Day && (s.stop.last == 0 || s.stop.last+RepeatDays < d.Day))
	who := []string{d.Person}
	if !alone {
		who = s.stop.agreed(d, c.Subject)
	}
	if len(who) == 0 {
		return
	}
	if alone && !self {
		by.freezing = c.Until
	}
	if s.stop.until < d.Day {
		s.stop.by = nil
	}
	s.stop.by = append(s.stop.by, who...)
	s.stop.until = max(s.stop.until, c.Until)
	s.stop.last = max(s.stop.last, s.stop.until)
	m := moment{d.Sequence, d.Day, s.stop.until}
	s.stop.frozen, s.stop.changed = append(s.stop.frozen, m), append(s.stop.changed, m)
}

// thaw shortens a freeze or ends it. It takes two, one of whom has not frozen; nobody
// does it on its last day, when its 24 hours are over.
func (r *Roster) thaw(d *leaf.Decision, c *leaf.Thaw) {
	s := &r.person(c.Subject).stop
	over := d.Person == "" && d.Day >= s.until
	if !over && len(s.agreed(d, c.Subject)) == 0 {
		return
	}
	if until := max(c.Until, d.Day-1); until < s.until {
		s.until = until
		s.changed = append(s.changed, moment{d.Sequence, d.Day, until})
	}
	if s.until >= d.Day {
		return
	}
	for _, name := range s.by {
		if by := r.person(name); name != "" {
			by.freezing = min(by.freezing, s.until)
		}
	}
}

// agreed notes that somebody wants what two must want, and returns those two once they
// do.
func (s *stop) agreed(d *leaf.Decision, subject string) []string {
	if d.Person == "" || d.Person == subject {
		return nil
	}
	i := slices.IndexFunc(s.asked, func(a asked) bool { return a.kind == d.Kind && a.commitment == d.Commitment })
	if i < 0 {
		i = len(s.asked)
		s.asked = append(s.asked, asked{kind: d.Kind, commitment: d.Commitment})
	}
	a := &s.asked[i]
	if !slices.Contains(a.by, d.Person) {
		a.by = append(a.by, d.Person)
	}
	other := s.until < d.Day || slices.ContainsFunc(a.by, func(name string) bool { return !slices.Contains(s.by, name) })
	if len(a.by) < 2 || !other {
		return nil
	}
	by := a.by
	s.asked = slices.Delete(s.asked, i, i+1)
	return by
}

// Frozen reports whether a person may do nothing on a day.
func (r *Roster) Frozen(name string, on leaf.Day) bool {
	p := r.persons[name]
	return p != nil && p.stop.until >= on
}

// FrozenUntil returns the last day of a person's freeze.
func (r *Roster) FrozenUntil(name string) leaf.Day {
	if p := r.persons[name]; p != nil {
		return p.stop.until
	}
	return 0
}
