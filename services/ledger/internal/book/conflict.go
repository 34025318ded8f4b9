package book

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// ReferenceConflict is the reason of the fault for a reference that is booked
// with other content.
const ReferenceConflict = fault.ReasonReferenceConflict

// conflict is nil where l is what d has become, else the fault that names the
// first field that differs.
func (d *Draft) conflict(at place, l leaf.Leaf) error {
	t := l.Transaction
	if t == nil {
		return conflict(at.field("reference"))
	}
	if t.Digest == d.digest {
		return nil
	}
	return conflict(at.field(d.difference(t)))
}

// difference names the first field in which d differs from what was booked.
// Where lines of ordered sources are in play, only the digest tells.
func (d *Draft) difference(t *leaf.Transaction) string {
	reverses := ""
	if t.Reverses != nil {
		reverses = t.Reverses.Reference
	}
	switch {
	case t.Kind != d.Kind:
		return "kind"
	case t.Source != d.Source:
		return "source"
	case t.OccurredOn != d.OccurredOn:
		return "occurredOn"
	case reverses != d.Reverses:
		return "reverses"
	case (t.Rate == nil) != (d.Rate == nil), t.Rate != nil && d.Rate != nil && *t.Rate != *d.Rate:
		return "rate"
	case len(d.Entries) > len(t.Entries), len(d.Sources) == 0 && len(d.Entries) < len(t.Entries):
		return "entries"
	}
	for i, e := range d.Entries {
		booked := t.Entries[i]
		var field string
		switch {
		case e.Account != booked.Account:
			field = "account"
		case e.Side != booked.Side:
			field = "side"
		case e.Amount.Currency != booked.Currency:
			field = "amount.currencyCode"
		case e.Amount.MinorUnits != booked.Amount:
			field = "amount.minorUnits"
		default:
			continue
		}
		return fmt.Sprintf("entries[%d].%s", i, field)
	}
	for _, booked := range t.Entries[len(d.Entries):] {
		if booked.Side == leaf.Credit {
			return "entries" // ordered sources make debits only
		}
	}
	return "sources"
}

// conflict is nil where l is what d has become, else the fault that names the
// first field that differs. The day is the ledger's to say, and may be another one
// when a call is repeated.
func (d *Decision) conflict(at place, l leaf.Leaf) error {
	b := l.Decision
	switch {
	case b == nil:
		return conflict(at.field("reference"))
	case b.Kind != d.Kind:
		return conflict(at.field("kind"))
	case b.Resource != d.Resource:
		return conflict(at.field("resource"))
	case b.Person != d.Person:
		return conflict(at.field("person"))
	case b.Commitment != d.Commitment:
		return conflict(at.field("commitment"))
	case !leaf.SameContent(d.Kind, asGiven(b.Content), asGiven(d.Content)):
		return conflict(at.field("content"))
	}
	return nil
}

func conflict(field string) error {
	f := fault.New(fault.AlreadyExists, ReferenceConflict, "The reference is already booked with other content.")
	f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldMismatch, Description: "differs from what is booked under this reference"}}
	return f
}
