package leaf

// Decision is a recorded decision of a person or of the system: proof, fixed at
// the time, that it was taken and by whom, without saying about whom.
type Decision struct {
	Header
	// Kind says what was decided.
	Kind DecisionKind
	// Reference is unique among all leaves of the ledger.
	Reference string
	// Resource names the round, plan, policy or period that was decided about;
	// empty for decisions about families.
	Resource string
	// Person is the pseudonym of who decided; empty where nobody did.
	Person string
	// Day is the UTC day of the decision.
	Day Day
	// Commitment is a digest of what was decided, or a salted one.
	Commitment [32]byte
	// Content is what the kind says beside it: nil for a kind without one, an Opaque
	// for a kind that this program does not know.
	Content Content
}

// AppendBinary appends the canonical bytes.
func (d *Decision) AppendBinary(dst []byte) ([]byte, error) {
	return encode(dst, typeDecision, d.layout)
}

// layout visits every field in the order of the format.
func (d *Decision) layout(c *codec) {
	c.header(&d.Header)
	c.enum("kind", (*uint8)(&d.Kind), 255)
	c.text("reference", &d.Reference, CheckReference)
	c.text("resource", &d.Resource, optional(CheckResource))
	c.text("person", &d.Person, optional(CheckPerson))
	c.day("day", &d.Day)
	c.fixed("commitment", d.Commitment[:], true)
	c.content(d.Kind, &d.Content)
}
