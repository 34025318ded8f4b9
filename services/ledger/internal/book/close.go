package book

import (
	"fmt"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Close is what closes a period: the figures as two persons have seen them.
type Close struct {
	// Resource is the name of the close, "ledger/periods/{period}".
	Resource string
	// First and Last bound the period, Day is the UTC day of the close.
	First, Last, Day leaf.Day
	// ProposedBy and ConfirmedBy are the pseudonyms of two persons.
	ProposedBy, ConfirmedBy string
	// Figures, Accounts and TrialBalance are as in the leaf.
	Figures      []leaf.Figure
	Accounts     int64
	TrialBalance [32]byte
	// Size is the number of leaves that the figures were made from: nothing may
	// have been booked since on a day up to Last.
	Size int64
	// Review is the digest of all that both persons have seen.
	Review [32]byte
}

// Reference tells its leaf from all others.
func (c *Close) Reference() string { return reference.PeriodClose(c.Resource) }

// decided is the reference of the decision before its leaf.
func (c *Close) decided() string { return reference.PeriodClosed(c.Resource) }

// Closable is what the store knows about a close under the lock on the head.
type Closable struct {
	// Waiting says that it is proposed and nothing else.
	Waiting bool
	// Changed says that something was booked in the period since its Size.
	Changed bool
}

// NewClose returns the unit that closes a period. Its errors are defects of the
// caller, who has shown the close to two persons.
func NewClose(c Close) (Unit, error) {
	switch {
	case c.First == 0 || c.Last < c.First || c.Day <= c.Last:
		return Unit{}, fmt.Errorf("close %s: days out of order", c.Resource)
	case c.ProposedBy == "" || c.ConfirmedBy == "" || c.ProposedBy == c.ConfirmedBy:
		return Unit{}, fmt.Errorf("close %s: not two persons", c.Resource)
	case len(c.Figures) > leaf.MaxFigures:
		return Unit{}, fmt.Errorf("close %s: too many figures", c.Resource)
	}
	return Unit{closing: &c}, nil
}

// Closing returns what the unit closes, nil where that is nothing.
func (u Unit) Closing() *Close { return u.closing }

// KnowClose loads what the store knows about a close that the batch has.
func (b *Books) KnowClose(resource string, c Closable) { b.closable[resource] = c }

// Position returns where the ledger stands after what was applied so far.
func (b *Books) Position() Position { return b.head }

// FiguresChanged is the fault for a close whose period was booked in since it was
// proposed, or whose comparison comes out otherwise now.
func FiguresChanged() error {
	return fault.New(fault.Precondition, fault.ReasonFiguresChanged,
		"Something was booked in the period, or another statement came, since the close was proposed; nothing was closed.")
}

// close books the close of a period: the decision of who confirmed it, which holds
// what both persons saw, then the close itself. What comes after it in the batch is
// booked on a later day.
func (b *Books) close(c *Close) (decided, closed leaf.Leaf, replayed bool, err error) {
	decided = b.known[c.decided()]
	if l, ok := b.known[c.Reference()]; ok {
		d := decided.Decision
		if l.Close == nil || l.Close.ConfirmedBy != c.ConfirmedBy || d == nil || d.Commitment != c.Review {
			return decided, l, false, notWaiting()
		}
		return decided, l, true, nil
	}
	state := b.closable[c.Resource]
	switch {
	case !state.Waiting, b.head.Open != 0 && c.First != b.head.Open:
		return decided, closed, false, notWaiting()
	case state.Changed || b.bookedUpTo(c.Last):
		return decided, closed, false, FiguresChanged()
	}
	if err := b.mayClose(c); err != nil {
		return decided, closed, false, err
	}
	decided = leaf.Leaf{Decision: &leaf.Decision{
		Header: b.header(), Kind: leaf.DecisionPeriodClosed, Reference: c.decided(), Resource: c.Resource,
		Person: c.ConfirmedBy, Day: c.Day, Commitment: c.Review,
	}}
	b.book(decided)
	closed = leaf.Leaf{Close: &leaf.PeriodClose{
		Header: b.header(), Reference: c.Reference(), First: c.First, Last: c.Last, Day: c.Day,
		ProposedBy: c.ProposedBy, ConfirmedBy: c.ConfirmedBy,
		Figures: c.Figures, Accounts: c.Accounts, TrialBalance: c.TrialBalance,
	}}
	b.book(closed)
	b.head.Open = c.Last + 1
	return decided, closed, false, nil
}

// mayClose checks that the proposal of the close stands in the log, by somebody who may
// still propose one, and that who confirms it may.
func (b *Books) mayClose(c *Close) error {
	i := slices.IndexFunc(b.decisions[c.Resource], func(d *leaf.Decision) bool {
		return d.Kind == leaf.DecisionPeriodProposed && d.Person == c.ProposedBy && d.Commitment == c.Review
	})
	switch {
	case i < 0:
		return undecided("name", "needs a "+leaf.DecisionPeriodProposed.String()+" of what was seen, by who proposed it, recorded before")
	case b.anybody:
		return nil
	case !b.holders().Stands(b.decisions[c.Resource][i], b.head.Size, c.Day):
		return fault.New(fault.Precondition, fault.ReasonRoleMissing,
			"Whoever proposed the close holds the role for it no more; somebody else must propose it anew.")
	}
	return b.holdsRole(place{list: "decisions"}, &Decision{Kind: leaf.DecisionPeriodClosed, Person: c.ConfirmedBy, Day: c.Day})
}

// bookedUpTo reports whether the batch itself has booked on a day up to last.
func (b *Books) bookedUpTo(last leaf.Day) bool {
	for _, l := range b.booked {
		if t := l.Transaction; t != nil && t.BookingDate <= last {
			return true
		}
	}
	return false
}

func notWaiting() error {
	return fault.New(fault.Precondition, fault.ReasonIllegalState, "The close is not waiting for a confirmation any more.")
}
