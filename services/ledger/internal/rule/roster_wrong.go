package rule

import "github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"

// Wrong says in words why a leaf about staff, which comes next, gives nothing; nothing
// where it follows the rules.
func (r *Roster) Wrong(d *leaf.Decision) string {
	switch c := d.Content.(type) {
	case *leaf.Staff:
		return r.wrongStaff(c)
	case *leaf.Grant:
		switch {
		case d.Kind == leaf.DecisionGrantConfirmed && d.Person == "":
			return r.wrongFounding(d, c)
		case !r.granted && r.founders == 1:
			return "the log was founded by one officer alone, not by two or three"
		case d.Kind == leaf.DecisionGrantProposed:
			return r.wrongProposal(d, c)
		}
		return r.wrongConfirmation(d, c)
	}
	return ""
}

// wrongStaff says why a binding is none: each identity and each pseudonym is claimed once,
// by whoever wants them bound to each other.
func (r *Roster) wrongStaff(c *leaf.Staff) string {
	if other, taken := r.identities[c.Identity]; taken && other != c.Person {
		return "binds an identity that is bound to " + other + " already"
	}
	if p := r.persons[c.Person]; p != nil && p.identity != ([32]byte{}) && p.identity != c.Identity {
		return "binds " + c.Person + ", who is bound to another identity already"
	}
	return ""
}

func (r *Roster) wrongFounding(d *leaf.Decision, c *leaf.Grant) string {
	switch {
	case c.Role != leaf.ProtectionOfficer:
		return "gives " + c.Subject + " the role " + c.Role.String() + ", which nobody has confirmed"
	case !r.Founding(d.Sequence), r.grants[d.Resource] != nil:
		return "names the officer " + c.Subject + ", whom nobody has confirmed, in a log that is founded already"
	}
	return r.clash(d.Resource, c)
}

func (r *Roster) wrongProposal(d *leaf.Decision, c *leaf.Grant) string {
	switch {
	case d.Person == c.Subject:
		return "proposes a role for " + c.Subject + " by themselves"
	case r.grants[d.Resource] != nil:
		return "proposes " + d.Resource + ", which stands in the log already"
	}
	return ""
}

func (r *Roster) wrongConfirmation(d *leaf.Decision, c *leaf.Grant) string {
	switch h := r.grants[d.Resource]; {
	case h == nil:
		return "confirms " + d.Resource + ", which nobody has proposed"
	case h.Grant != *c || h.commitment != d.Commitment:
		return "confirms another content of " + d.Resource + " than was proposed"
	case d.Person == h.proposer:
		return "is confirmed by " + d.Person + ", who proposed it"
	case d.Person == c.Subject:
		return "is confirmed by " + d.Person + ", who gets the role"
	}
	return r.clash(d.Resource, c)
}

// clash says in words which grant in force must not be in one person with another.
func (r *Roster) clash(name string, c *leaf.Grant) string {
	subject := r.persons[c.Subject]
	if subject == nil {
		return ""
	}
	for _, other := range subject.grants {
		overlap := other.From <= c.Until && c.From <= other.Until
		if other.Name != name && !other.Revoked && overlap && Incompatible(c.Role, other.Role) {
			return "gives " + c.Subject + " the role " + c.Role.String() + ", which nobody may hold beside that of " + other.Name + ", " + other.Role.String()
		}
	}
	return ""
}

// Incompatible reports whether two roles must never be in one person at a time: those
// of the two desks, the operator's with any over money or people, the auditor's with
// any.
func Incompatible(a, b leaf.Role) bool {
	apart := func(role leaf.Role) bool { return role == leaf.Auditor || role == leaf.Operator }
	return a != b && (apart(a) || apart(b) || DeskOf(a)+DeskOf(b) == CaseDesk+MoneyDesk && DeskOf(a) != DeskOf(b))
}
