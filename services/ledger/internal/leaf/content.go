package leaf

import (
	"errors"
	"reflect"
	"strings"
)

// MaxContent bounds the content of a decision, in bytes.
const MaxContent = 32768

var (
	errContent    = errors.New("must be that of the kind")
	errContentEnd = errors.New("must end with its last field")
	errUntil      = errors.New("must not be before the first day")
)

// Content is what a decision says beside its commitment: one layout for each kind
// that has one. The kinds are told apart by its type.
type Content interface {
	// layout visits every field in the order of the format.
	layout(c *codec)
}

// Opaque is the content of a kind that this program does not know.
type Opaque struct {
	// Bytes is as it stands in the leaf.
	Bytes string
}

// newContent returns an empty content of the kind, nil where it has none.
func newContent(k DecisionKind) Content {
	switch k {
	case DecisionStaff:
		return new(Staff)
	case DecisionGrantProposed, DecisionGrantConfirmed:
		return new(Grant)
	case DecisionGrantRevoked:
		return new(Revocation)
	case DecisionFreeze:
		return new(Freeze)
	case DecisionFreezeLifted:
		return new(Thaw)
	case DecisionEngagement:
		return new(Engagement)
	case DecisionPolicyProposed, DecisionPolicyVersion:
		return new(Policy)
	case DecisionPlanLocked:
		return new(Lock)
	case DecisionPlanVoided:
		return new(Voiding)
	case DecisionEmergencyApproved:
		return new(Emergency)
	}
	if !k.Known() {
		return new(Opaque)
	}
	return nil
}

// CheckContent refuses a content that is not one of the kind, or not of the form. It
// returns the field and a fixed sentence that can follow its name.
func CheckContent(k DecisionKind, content Content) (field string, err error) {
	c := codec{}
	if c.content(k, &content); c.err == nil {
		return "", nil
	}
	field, _, _ = strings.Cut(c.err.Error(), ": ")
	return field, errors.Unwrap(c.err)
}

// SameContent reports whether two contents of a kind say the same.
func SameContent(k DecisionKind, a, b Content) bool {
	one, other := codec{}, codec{}
	one.content(k, &a)
	other.content(k, &b)
	return one.err == nil && other.err == nil && string(one.out) == string(other.out)
}

// content handles the length of a content and its bytes.
func (c *codec) content(k DecisionKind, content *Content) {
	if c.err != nil {
		return
	}
	if c.reading() {
		c.readContent(k, content)
		return
	}
	empty := newContent(k)
	if reflect.TypeOf(empty) != reflect.TypeOf(*content) {
		c.fail("content", errContent)
		return
	}
	inner := codec{item: "content", index: -1}
	if empty != nil {
		(*content).layout(&inner)
	}
	if c.err = inner.err; c.err != nil {
		return
	}
	c.count("content", len(inner.out), 0, MaxContent)
	c.out = append(c.out, inner.out...)
}

func (c *codec) readContent(k DecisionKind, content *Content) {
	n := c.count("content", 0, 0, MaxContent)
	s, ok := c.take("content", n)
	if !ok {
		return
	}
	inner := codec{in: s, decoder: c.decoder, item: "content", index: -1}
	if *content = newContent(k); *content != nil {
		(*content).layout(&inner)
	}
	if c.err = inner.err; c.err == nil && inner.in != "" {
		c.fail("content", errContentEnd)
	}
}

func (o *Opaque) layout(c *codec) {
	if !c.reading() {
		c.out = append(c.out, o.Bytes...)
		return
	}
	o.Bytes, c.in = c.in, ""
}

// until handles the last day of a time that begins on first.
func (c *codec) until(v *Day, first Day) {
	c.day("until", v)
	if c.err == nil && *v < first {
		c.fail("until", errUntil)
	}
}
