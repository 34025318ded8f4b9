// Package period holds the closes of the ledger's periods: what the books are
// held against before one, how old what is not settled is, and which way a close
// goes from proposal to leaf. It knows neither database nor wire.
package period

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// State says where a close stands; the numbers are those of the API.
type State int16

// The states.
const (
	Proposed State = iota + 1
	Closed
	Rejected
)

var stateNames = map[State]string{Proposed: "PROPOSED", Closed: "CLOSED", Rejected: "REJECTED"}

// String returns the name as the API spells it.
func (s State) String() string { return stateNames[s] }

// Move returns a fault where there is no step from one state to the other: only a
// proposal is decided about.
func Move(from, to State) error {
	if from == Proposed && (to == Closed || to == Rejected) {
		return nil
	}
	return fault.State("close", from.String(), to.String())
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
	// never confirmed by its proposer.
	Proposer, Decider string
	// ProposedOn and DecidedOn are UTC days; DecidedOn is zero before.
	ProposedOn, DecidedOn leaf.Day
	// Sequence is that of its leaf, where State is Closed.
	Sequence int64
	// Review is what was compared and what the books came to.
	Review Review
}

// Name returns the resource name.
func (c Close) Name() string { return "ledger/periods/" + c.ID }

// CheckLast looks at the last day that a proposer gave. open is the first day of
// the period, today the UTC day.
func CheckLast(last, open, today leaf.Day) error {
	switch {
	case last >= today:
		return fault.Field("lastDay", "must be before today (UTC)")
	case open == 0:
		return fault.New(fault.Precondition, "NOTHING_BOOKED", "Nothing is booked yet: there is no period to close.")
	case last < open:
		return fault.Field("lastDay", "must not be before the first open day")
	}
	return nil
}

// Confirm checks that a person may confirm a close whose digest they name.
func (c Close) Confirm(person string, digest []byte) error {
	if err := Move(c.State, Closed); err != nil {
		return err
	}
	if c.Proposer == person {
		return fault.SamePerson("confirm what they proposed")
	}
	if seen := c.Digest(); string(digest) != string(seen[:]) {
		return fault.New(fault.Precondition, "DIGEST_MISMATCH",
			"The digest is not that of the proposal: read it again, and confirm what you see.")
	}
	return nil
}

// Unchanged checks that the books at the end of the last day are as they were
// when the close was proposed.
func (c Close) Unchanged(now Review) error {
	if c.Review.TrialBalance == now.TrialBalance && c.Review.Accounts == now.Accounts {
		return nil
	}
	return book.FiguresChanged()
}

// Unit returns what closes the period in the books: size is the number of leaves
// that the figures were made from, today the UTC day.
func (c Close) Unit(person string, size int64, today leaf.Day) (book.Unit, error) {
	return book.NewClose(book.Close{
		Resource: c.Name(), First: c.First, Last: c.Last, Day: today, ProposedBy: c.Proposer, ConfirmedBy: person,
		Figures: c.Review.Figures, Accounts: c.Review.Accounts, TrialBalance: c.Review.TrialBalance, Size: size,
	})
}
