package rule

import (
	"maps"
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// maxFounders bounds the officers who found a log.
const maxFounders = 3

// LapsedDays is for how many days after its last one an officer's grant still serves
// for granting alone: a fund whose grants all ended unnoticed is not shut for ever.
const LapsedDays = 30

// Roster says who is who and who holds which role, by the leaves of the log up to one
// point. The zero Roster is that of an empty log. It is for one goroutine.
type Roster struct {
	identities map[[32]byte]string // pseudonyms by identity, bound or yet to be
	persons    map[string]*person  // by pseudonym
	grants     map[string]*Holding // by resource name, in force or not
	engaged    map[string]*engaged // engagements of auditors, likewise
	founders   int
	founding   int64 // sequence of the last founding leaf
	granted    bool  // a grant was proposed, confirmed or revoked beside the founding
}

type person struct {
	identity [32]byte // zero while nobody has claimed one
	binding  agreement
	bound    bool
	grants   []*Holding
	stop     stop
	// freezing is the last day of the freeze that the person made alone.
	freezing leaf.Day
}

// Holding is a grant as its leaves have made it so far.
type Holding struct {
	leaf.Grant
	// Name is the grant's resource name.
	Name string
	// Sequence is that of the leaf by which it came into force, -1 before.
	Sequence int64
	// Revoked says that it was taken back, by the leaf that RevokedAt is the sequence of.
	Revoked   bool
	RevokedAt int64

	agreement
	commitment [32]byte
	takers     []taker // who wants it taken back
}

// InForce reports whether the grant is in force on a day.
func (h *Holding) InForce(on leaf.Day) bool {
	return h.Sequence >= 0 && !h.Revoked && h.From <= on && on <= h.Until
}

// Apply takes the next leaf about staff into account. What does not follow the rules
// gives nothing: the books refuse it, and the verifier names it.
func (r *Roster) Apply(d *leaf.Decision) {
	if r.persons == nil {
		r.identities, r.persons, r.grants = map[[32]byte]string{}, map[string]*person{}, map[string]*Holding{}
		r.engaged = map[string]*engaged{}
	}
	switch c := d.Content.(type) {
	case *leaf.Staff:
		r.bind(d, c)
	case *leaf.Grant:
		r.grant(d, c)
	case *leaf.Revocation:
		r.revoke(d)
	case *leaf.Engagement:
		r.engage(d, c)
	case *leaf.Freeze:
		r.freeze(d, c)
	case *leaf.Thaw:
		r.thaw(d, c)
	}
}

// bind takes the next leaf about a binding of a pseudonym and an identity into account:
// each is claimed once, and bound when others agree to what one wants. Nobody's leaf binds
// only before the founding.
func (r *Roster) bind(d *leaf.Decision, c *leaf.Staff) {
	early := r.founders == 0 && !r.granted
	if r.wrongStaff(c) != "" || d.Person == "" && !early {
		return
	}
	p := r.person(c.Person)
	if p.identity != c.Identity {
		r.identities[c.Identity], p.identity = c.Person, c.Identity
		if p.binding = r.proposedBy(d); d.Person != "" {
			return
		}
	}
	p.bound = p.bound || d.Person == "" || d.Person != c.Person && r.agrees(&p.binding, d)
}

func (r *Roster) person(name string) *person {
	p := r.persons[name]
	if p == nil {
		p = &person{}
		r.persons[name] = p
	}
	return p
}

func (r *Roster) grant(d *leaf.Decision, c *leaf.Grant) {
	switch {
	case d.Kind == leaf.DecisionGrantProposed:
		r.propose(d, c)
	case d.Person == "":
		r.found(d, c)
	default:
		r.confirm(d, c)
	}
	r.granted = r.granted || d.Kind == leaf.DecisionGrantProposed || d.Person != ""
}

func (r *Roster) propose(d *leaf.Decision, c *leaf.Grant) {
	if r.grants[d.Resource] != nil || d.Person == c.Subject {
		return
	}
	r.grants[d.Resource] = &Holding{
		Grant: *c, Name: d.Resource, Sequence: -1, commitment: d.Commitment, agreement: r.proposedBy(d),
	}
}

// confirm puts a grant into force when an officer has confirmed what another one has
// proposed, or two colleagues of different desks have.
func (r *Roster) confirm(d *leaf.Decision, c *leaf.Grant) {
	h := r.grants[d.Resource]
	if h == nil || h.Sequence >= 0 || h.Grant != *c || h.commitment != d.Commitment || d.Person == h.proposer || d.Person == c.Subject {
		return
	}
	if r.agrees(&h.agreement, d) {
		r.inForce(h, d.Sequence)
	}
}

func (r *Roster) inForce(h *Holding, sequence int64) {
	h.Sequence = sequence
	p := r.person(h.Subject)
	p.grants = append(p.grants, h)
}

// found puts a grant into force that nobody confirmed: the first leaves of a log about
// roles, side by side, name two or three protection officers.
func (r *Roster) found(d *leaf.Decision, c *leaf.Grant) {
	if !r.Founding(d.Sequence) || c.Role != leaf.ProtectionOfficer || r.grants[d.Resource] != nil {
		return
	}
	r.founders++
	r.founding = d.Sequence
	h := &Holding{Grant: *c, Name: d.Resource, commitment: d.Commitment}
	r.grants[d.Resource] = h
	r.inForce(h, d.Sequence)
}

// Founding reports whether a leaf of this sequence may found the log.
func (r *Roster) Founding(sequence int64) bool {
	return !r.granted && r.founders < maxFounders && (r.founders == 0 || r.founding == sequence-1)
}

// Bound returns the pseudonym that is bound to an identity.
func (r *Roster) Bound(identity [32]byte) (string, bool) {
	name := r.identities[identity]
	p := r.persons[name]
	return name, p != nil && p.bound
}

// Held returns a person's grants that are in force on a day, by name.
func (r *Roster) Held(name string, on leaf.Day) []*Holding {
	p := r.persons[name]
	if p == nil {
		return nil
	}
	var held []*Holding
	for _, h := range p.grants {
		if h.InForce(on) {
			held = append(held, h)
		}
	}
	slices.SortFunc(held, func(a, b *Holding) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return held
}

// Holds reports whether a person holds a role on a day.
func (r *Roster) Holds(name string, role leaf.Role, on leaf.Day) bool {
	return r.any(name, func(h *Holding) bool { return h.Role == role && h.InForce(on) })
}

// Grants reports whether a person grants roles as a protection officer on a day: by a
// grant in force or, for granting alone, by one that ended at most LapsedDays before.
func (r *Roster) Grants(name string, on leaf.Day) bool {
	return r.any(name, func(h *Holding) bool {
		return h.Role == leaf.ProtectionOfficer && h.Sequence >= 0 && !h.Revoked && h.From <= on && on <= h.Until+LapsedDays
	})
}

// Rested reports whether a person may approve or release by a role on a day.
func (r *Roster) Rested(name string, role leaf.Role, on leaf.Day) bool {
	return r.any(name, func(h *Holding) bool { return h.Role == role && h.InForce(on) && h.RestsUntil <= on })
}

func (r *Roster) any(name string, fits func(*Holding) bool) bool {
	p := r.persons[name]
	return p != nil && slices.ContainsFunc(p.grants, fits)
}

// People returns the pseudonyms of everybody who ever held a role, in order.
func (r *Roster) People() []string {
	var names []string
	for name := range maps.Keys(r.persons) {
		if len(r.persons[name].grants) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (r *Roster) desks(name string, on leaf.Day) []Desk {
	var desks []Desk
	for _, h := range r.Held(name, on) {
		desks = append(desks, DeskOf(h.Role))
	}
	return desks
}

// Desk is where a role works: with people or with money. The zero Desk is that of
// roles which belong to none.
type Desk uint8

// The two desks.
const (
	CaseDesk Desk = iota + 1
	MoneyDesk
)

// DeskOf returns the desk of a role.
func DeskOf(role leaf.Role) Desk {
	switch role {
	case leaf.Caseworker, leaf.Verifier:
		return CaseDesk
	case leaf.Approver, leaf.Treasurer:
		return MoneyDesk
	default:
		return 0
	}
}
