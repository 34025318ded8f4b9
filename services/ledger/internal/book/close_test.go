package book_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

const period = "ledger/periods/per_1"

// november closes up to two days ago.
func november() book.Close {
	return book.Close{
		Resource: period, First: today - 20, Last: today - 2, Day: today, ProposedBy: "staff/s_1", ConfirmedBy: "staff/s_2",
		Figures: []leaf.Figure{{Class: "fund", Currency: "EUR", Balance: 1}}, Accounts: 1, TrialBalance: [32]byte{1}, Review: [32]byte{2},
	}
}

func applyClose(t *testing.T, b *book.Books, c book.Close) (book.Result, error) {
	t.Helper()
	u, err := book.NewClose(c)
	if err != nil {
		t.Fatal(err)
	}
	return b.Apply(u)
}

// closable are books in which the close waits and nothing has changed.
func closable(open leaf.Day) *book.Books {
	b := book.New(book.Position{Ledger: "main", Open: open}, zeros).WithoutRoles()
	b.KnowClose(period, book.Closable{Waiting: true})
	for _, review := range []byte{2, 9} {
		b.KnowDecision(proposed(review))
	}
	return b
}

// proposed is the leaf of a proposal of the close, with a review.
func proposed(review byte) *leaf.Decision {
	return &leaf.Decision{Kind: leaf.DecisionPeriodProposed, Resource: period, Person: "staff/s_1", Day: today, Commitment: [32]byte{review}}
}

// early is a gift of a day of the period.
func early(reference string) book.Draft {
	d := booktest.Gift(reference, 5)
	d.OccurredOn = today - 9
	return d
}

func TestBehindACloseEverythingIsBookedOnALaterDay(t *testing.T) {
	t.Parallel()
	b := closable(0)
	r, err := applyClose(t, b, november())
	if err != nil || len(r.Leaves) != 2 || r.Leaves[1].Close == nil || b.Position().Open != today-1 || b.Position().Size != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if d := r.Leaves[0].Decision; d == nil || d.Kind != leaf.DecisionPeriodClosed || d.Resource != period || d.Person != "staff/s_2" ||
		d.Day != today || d.Commitment != [32]byte{2} || d.Sequence != 0 {
		t.Errorf("decision: %+v", r.Leaves[0])
	}
	late := must(t, b, early("late")).Leaves[0].Transaction
	if late.BookingDate != today-1 || late.OccurredOn != today-9 {
		t.Errorf("late: %+v", late)
	}
	again, err := applyClose(t, b, november())
	if err != nil || !again.Replayed[0] || !again.Replayed[1] || again.Leaves[0] != r.Leaves[0] || again.Leaves[1] != r.Leaves[1] {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestACloseIsRefusedWhereSomethingIsNotAsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		books  func() *book.Books
		reason fault.Reason
	}{
		"it does not wait":  {func() *book.Books { return book.New(book.Position{Ledger: "main"}, zeros).WithoutRoles() }, "ILLEGAL_STATE"},
		"another first day": {func() *book.Books { return closable(today - 19) }, "ILLEGAL_STATE"},
		"not proposed": {func() *book.Books {
			b := book.New(book.Position{Ledger: "main"}, zeros).WithoutRoles()
			b.KnowClose(period, book.Closable{Waiting: true})
			b.KnowDecision(proposed(9)) // something else was
			return b
		}, "DECISIONS_MISSING"},
		"proposed by another person": {func() *book.Books {
			b := book.New(book.Position{Ledger: "main"}, zeros).WithoutRoles()
			b.KnowClose(period, book.Closable{Waiting: true})
			other := proposed(2)
			other.Person = "staff/s_3"
			b.KnowDecision(other)
			return b
		}, "DECISIONS_MISSING"},
		"booked since": {func() *book.Books {
			b := closable(0)
			b.KnowClose(period, book.Closable{Waiting: true, Changed: true})
			return b
		}, "FIGURES_CHANGED"},
		"booked in the same batch": {func() *book.Books {
			b := closable(0)
			must(t, b, early("a"))
			return b
		}, "FIGURES_CHANGED"},
		"closed by another person": {func() *book.Books {
			b, other := closable(0), november()
			other.ConfirmedBy = "staff/s_3"
			if _, err := applyClose(t, b, other); err != nil {
				t.Fatal(err)
			}
			return b
		}, "ILLEGAL_STATE"},
		"closed with another review": {func() *book.Books {
			b, other := closable(0), november()
			other.Review = [32]byte{9}
			if _, err := applyClose(t, b, other); err != nil {
				t.Fatal(err)
			}
			return b
		}, "ILLEGAL_STATE"},
	} {
		b := c.books()
		before := b.Position()
		if _, err := applyClose(t, b, november()); !fault.Is(err, c.reason) {
			t.Errorf("%s: %v", name, err)
		}
		if b.Position() != before {
			t.Errorf("%s: the head moved to %+v", name, b.Position())
		}
	}
}

func TestALaterDayInTheBatchDoesNotStopAClose(t *testing.T) {
	t.Parallel()
	b := closable(today - 20)
	must(t, b, booktest.Gift("today", 5))
	if _, err := applyClose(t, b, november()); err != nil {
		t.Error(err)
	}
}

func TestACloseNeedsItsDaysInOrderAndTwoPersons(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*book.Close){
		"no first day":  func(c *book.Close) { c.First = 0 },
		"turned around": func(c *book.Close) { c.First = c.Last + 1 },
		"too early":     func(c *book.Close) { c.Day = c.Last },
		"one person":    func(c *book.Close) { c.ConfirmedBy = c.ProposedBy },
		"nobody":        func(c *book.Close) { c.ConfirmedBy = "" },
		"no proposer":   func(c *book.Close) { c.ProposedBy = "" },
		"too much":      func(c *book.Close) { c.Figures = make([]leaf.Figure, leaf.MaxFigures+1) },
	} {
		c := november()
		change(&c)
		if _, err := book.NewClose(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Who proposes and who confirms hold their roles by the grants in the log, and still do
// when it is closed.
func TestACloseIsProposedByATreasurer(t *testing.T) {
	t.Parallel()
	freeze := book.Decision{
		Reference: "freeze", Kind: leaf.DecisionFreeze, Resource: "staff/t", Person: "staff/o1", Day: today,
		Content: &leaf.Freeze{Subject: "staff/t", Until: today},
	}
	for name, c := range map[string]struct {
		proposer, confirmer string
		between             []book.Decision
		on                  func(*book.Books) *book.Books
		ok                  bool
	}{
		"by one":                  {"staff/t", "staff/a", nil, (*book.Books).WithRoles, true},
		"by an approver":          {"staff/a", "staff/t", nil, (*book.Books).WithRoles, false},
		"by nobody known":         {"staff/x", "staff/t", nil, (*book.Books).WithRoles, false},
		"by who was frozen since": {"staff/t", "staff/a", []book.Decision{freeze}, (*book.Books).WithRoles, false},
		"confirmed by nobody":     {"staff/t", "staff/x", nil, (*book.Books).WithRoles, false},
		"where no role counts":    {"staff/x", "staff/y", []book.Decision{freeze}, (*book.Books).WithoutRoles, true},
	} {
		b := c.on(staffed(t))
		b.KnowClose(period, book.Closable{Waiting: true})
		err := applied(t, b, append([]book.Decision{{
			Reference: "proposed", Kind: leaf.DecisionPeriodProposed, Resource: period, Person: c.proposer, Day: today, Commitment: [32]byte{2},
		}}, c.between...)...)
		if err == nil {
			closing := november()
			closing.ProposedBy, closing.ConfirmedBy = c.proposer, c.confirmer
			_, err = applyClose(t, b, closing)
		}
		if (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonRoleMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
