// Package period holds the closes of the ledger's periods: what the books are
// held against before one, how old what is not settled is, and which way a close
// goes from proposal to leaf. It knows neither database nor wire.
package period

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// State says where a close stands, as the contract spells it.
type State string

// A proposed close waits for a confirmation; the empty State is invalid.
const (
	Proposed State = "PROPOSED"
	Closed   State = "CLOSED"
	Rejected State = "REJECTED"
)

// Verb is what people do with a proposed close.
type Verb string

// Only a proposal is decided about.
const (
	ConfirmClose Verb = "confirmClose"
	RejectClose  Verb = "rejectClose"
)

// steps are what people do with closes.
var steps = verb.Steps[Verb, State]{
	ConfirmClose: {From: []State{Proposed}, To: Closed},
	RejectClose:  {From: []State{Proposed}, To: Rejected},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// May reports, as a fault, that a person may not do this with the close now: who has
// proposed it, or imported what it was compared with, does not confirm it.
func (c Close) May(v Verb, person string) error {
	if to, open := steps.Take(v, c.State); !open {
		return fault.State("close", string(c.State), string(to))
	}
	if v == RejectClose {
		return nil
	}
	if c.Proposer == person {
		return fault.SamePerson("confirm what they proposed")
	}
	return c.Review.importedBy(person)
}

// Close is the close of a period.
type Close struct {
	// ID is the last part of the name "ledger/periods/{id}".
	ID string
	// Number orders closes: a later proposal has a higher one.
	Number int64
	// First and Last bound the period; both belong to it.
	First, Last leaf.Day
	// State says where it stands.
	State State
	// Proposer and Decider are pseudonyms; Decider is empty before. A close is
	// never confirmed by its proposer, who may withdraw it, though.
	Proposer, Decider string
	// ProposedOn and DecidedOn are UTC days; DecidedOn is zero before.
	ProposedOn, DecidedOn leaf.Day
	// Sequence is that of its leaf, where State is Closed.
	Sequence int64
	// Size is the number of leaves that Review was made from.
	Size int64
	// Review is what was compared and what the books came to.
	Review Review
}

// Name returns the resource name.
func (c Close) Name() string { return resource.Period.Of(c.ID) }

// Proposal is the decision to propose it, as a leaf without its place in the log.
func (c Close) Proposal() leaf.Decision {
	return leaf.Decision{
		Reference: reference.PeriodProposed(c.Name()), Kind: leaf.DecisionPeriodProposed,
		Resource: c.Name(), Person: c.Proposer, Day: c.ProposedOn, Commitment: c.Digest(),
	}
}

// CheckLast looks at the last day that a proposer gave. open is the first day of
// the period, today the UTC day.
func CheckLast(last, open, today leaf.Day) error {
	switch {
	case last >= today:
		return fault.Field("lastDay", fault.FieldInTheFuture, "must be before today (UTC)")
	case open == 0:
		return fault.New(fault.Precondition, fault.ReasonNothingBooked, "Nothing is booked yet: there is no period to close.")
	case last < open:
		return fault.Field("lastDay", fault.FieldWrongOrder, "must not be before the first open day")
	}
	return nil
}

// ConfirmedBy reports whether a person has closed it, so that the same again is a repeat.
func (c Close) ConfirmedBy(person string) bool { return c.State == Closed && c.Decider == person }

// Confirm checks that a person may confirm a close whose digest they name.
func (c Close) Confirm(person string, digest []byte) error {
	if err := c.May(ConfirmClose, person); err != nil {
		return err
	}
	if seen := c.Digest(); string(digest) != string(seen[:]) {
		f := fault.New(fault.Precondition, fault.ReasonDigestMismatch,
			"The digest is not that of the proposal: read it again, and confirm what you see.")
		f.Violations = []fault.Violation{{Field: "digest", Reason: fault.FieldMismatch, Description: "is not that of the proposal"}}
		return f
	}
	return nil
}

// importedBy is a fault where a closing balance rests on what this person imported:
// whoever says what the bank says does not confirm that the books agree with it.
func (r Review) importedBy(person string) error {
	f := fault.SamePerson("confirm a close whose bank statement they imported")
	for _, x := range r.Banks {
		if x.Statement.Importer == person {
			f.Violations = append(f.Violations, fault.Violation{
				Field: x.Path, Reason: fault.FieldNotPossible, Description: "its closing balance comes from a statement that the same person imported",
			})
		}
	}
	if len(f.Violations) == 0 {
		return nil
	}
	return f
}

// Unchanged reports whether everything is still as it was shown when the close was
// proposed. Ages do not grow meanwhile: they are those on the last day. Bookings
// that cancel out show nowhere here; the books find them under their lock.
func (c Close) Unchanged(now Review) bool { return c.Review.digest() == now.digest() }
