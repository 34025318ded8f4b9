package leaf

// Staff binds a pseudonym to an identity.
type Staff struct {
	// Person is the pseudonym.
	Person string
	// Identity is an HMAC of the identity's issuer and subject under a key of the
	// ledger.
	Identity [32]byte
}

func (s *Staff) layout(c *codec) {
	c.text("person", &s.Person, CheckPerson)
	c.fixed("identity", s.Identity[:], false)
}

// Grant gives somebody a role.
type Grant struct {
	// Subject is the pseudonym of who gets it.
	Subject string
	// Role is what they get.
	Role Role
	// From and Until bound the grant; both days belong to it.
	From, Until Day
	// RestsUntil is the first day on which the person may approve or release by it.
	RestsUntil Day
}

func (g *Grant) layout(c *codec) {
	c.text("subject", &g.Subject, CheckPerson)
	c.enum("role", (*uint8)(&g.Role), 255)
	c.day("from", &g.From)
	c.until(&g.Until, g.From)
	c.day("rests_until", &g.RestsUntil)
}

// Revocation takes a role from somebody.
type Revocation struct {
	// Subject is the pseudonym of who loses it.
	Subject string
	// Role is that of the grant.
	Role Role
}

func (r *Revocation) layout(c *codec) {
	c.text("subject", &r.Subject, CheckPerson)
	c.enum("role", (*uint8)(&r.Role), 255)
}

// Freeze keeps somebody from doing anything.
type Freeze struct {
	// Subject is the pseudonym of who is frozen.
	Subject string
	// Until is the last day of it.
	Until Day
}

func (f *Freeze) layout(c *codec) {
	c.text("subject", &f.Subject, CheckPerson)
	c.day("until", &f.Until)
}

// Thaw ends a freeze, or shortens it.
type Thaw struct {
	// Subject is the pseudonym of who is frozen.
	Subject string
	// Until is the last day of what is left of it, zero where nothing is.
	Until Day
}

func (t *Thaw) layout(c *codec) {
	c.text("subject", &t.Subject, CheckPerson)
	c.dayOrNone("until", &t.Until)
}

// Engagement lets an auditor read for a time.
type Engagement struct {
	// Subject is the pseudonym of the auditor.
	Subject string
	// From and Until bound the time; both days belong to it.
	From, Until Day
}

func (e *Engagement) layout(c *codec) {
	c.text("subject", &e.Subject, CheckPerson)
	c.day("from", &e.From)
	c.until(&e.Until, e.From)
}
