package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// month is the last day of the period that these tests close.
var month = today - 5

// on is a gift of a day.
func on(day leaf.Day, reference string, minor int64) book.Draft {
	d := booktest.Gift(reference, minor)
	d.OccurredOn = day
	return d
}

// batch books units and returns what each has come to.
func batch(t fatal, s *store.Store, units ...book.Unit) []store.Outcome {
	t.Helper()
	out, _, err := s.Batch(context.Background(), units, store.Memory{})
	if err != nil {
		t.Fatalf("batch: %v", err)
	}
	return out
}

// bookAll books drafts that must not be refused.
func bookAll(t fatal, s *store.Store, drafts ...book.Draft) []leaf.Leaf {
	t.Helper()
	out := batch(t, s, unit(t, drafts...))
	if out[0].Err != nil {
		t.Fatalf("book: %v", out[0].Err)
	}
	return out[0].Result.Leaves
}

// review reads the books at the end of a day, held against nothing.
func review(t fatal, p *store.Periods, last leaf.Day) (period.Holdings, period.Review) {
	t.Helper()
	b, err := p.Holdings(context.Background(), last)
	if err != nil {
		t.Fatalf("read books: %v", err)
	}
	var r period.Review
	r.Figures, r.Accounts, r.TrialBalance = leaf.Trial(b.Totals)
	return b, r
}

// propose stores a proposal.
func propose(t fatal, p *store.Periods, last leaf.Day) period.Close {
	t.Helper()
	b, r := review(t, p, last)
	c := period.Close{
		ID: resource.NewID(resource.KindPeriod), First: b.Open, Last: last, State: period.Proposed,
		Proposer: "staff/s_1", ProposedOn: today, Size: b.Size, Review: r,
	}
	if _, err := p.Propose(context.Background(), c); err != nil {
		t.Fatalf("propose: %v", err)
	}
	return c
}

// closing is the unit with which another person confirms.
func closing(t fatal, c period.Close) book.Unit { return closedBy(t, c, "staff/s_2") }

func closedBy(t fatal, c period.Close, person string) book.Unit {
	t.Helper()
	u, err := book.NewClose(book.Close{
		Resource: c.Name(), First: c.First, Last: c.Last, Day: today, ProposedBy: c.Proposer, ConfirmedBy: person,
		Figures: c.Review.Figures, Accounts: c.Review.Accounts, TrialBalance: c.Review.TrialBalance, Size: c.Size, Review: c.Digest(),
	})
	if err != nil {
		t.Fatalf("unit: %v", err)
	}
	return u
}

func TestAClosedPeriodTakesNothingAnyMoreAndALateFactKeepsItsDay(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	p := store.NewPeriods(s)

	// Given gifts of the month and of the days after it
	bookAll(t, s, on(month-20, "a", 100), on(month, "b", 10), on(month+1, "c", 1))
	c := propose(t, p, month)
	if c.First != month-20 {
		t.Errorf("the first period begins on %s", c.First)
	}

	// When the month is closed, which stands in the log as proposed,
	proposed, err := s.DecisionsAbout(t.Context(), c.Name())
	if err != nil || len(proposed) != 1 || proposed[0].Kind != leaf.DecisionPeriodProposed || proposed[0].Person != "staff/s_1" ||
		proposed[0].Commitment != c.Digest() || proposed[0].Sequence != 3 {
		t.Errorf("proposal: %+v, %v", proposed, err)
	}
	out := batch(t, s, closing(t, c))
	if out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	if d := out[0].Result.Leaves[0].Decision; d.Sequence != 4 || d.Kind != leaf.DecisionPeriodClosed || d.Commitment != c.Digest() {
		t.Errorf("decision: %+v", d)
	}
	leafOf := out[0].Result.Leaves[1].Close
	if leafOf.Sequence != 5 || leafOf.Figures[0].Balance != -110 || leafOf.Accounts != 2 || leafOf.ConfirmedBy != "staff/s_2" {
		t.Errorf("leaf: %+v", leafOf)
	}

	// Then its row says so,
	got, err := p.Close(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := c
	want.Number, want.State, want.Decider, want.DecidedOn, want.Sequence = got.Number, period.Closed, "staff/s_2", today, 5
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if want.Digest() != c.Digest() {
		t.Error("the digest changed with the decision")
	}

	// a fact of the month goes to the first open day and keeps its own,
	late := bookAll(t, s, on(month-3, "late", 7), on(month-30, "older", 7), on(today, "now", 5))
	for i, want := range []leaf.Transaction{
		{OccurredOn: month - 3, BookingDate: month + 1}, {OccurredOn: month - 30, BookingDate: month + 1}, {OccurredOn: today, BookingDate: today},
	} {
		if x := late[i].Transaction; x.OccurredOn != want.OccurredOn || x.BookingDate != want.BookingDate {
			t.Errorf("%s is of %s, booked on %s", x.Reference, x.OccurredOn, x.BookingDate)
		}
	}
	// the month's figures stay, the next period begins behind it,
	if _, r := review(t, p, month); r.TrialBalance != c.Review.TrialBalance {
		t.Error("the trial balance of the closed month changed")
	}
	next := propose(t, p, today-1)
	if next.First != month+1 {
		t.Errorf("the next period begins on %s", next.First)
	}
	if out := batch(t, s, closing(t, next)); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	// and an outsider finds both closes right.
	audit(t, s)
}

func TestAConfirmationThatIsRepeatedIsTheSameLeaf(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	p := store.NewPeriods(s)
	bookAll(t, s, on(month, "a", 100))
	c := propose(t, p, month)
	first := batch(t, s, closing(t, c))[0]
	again := batch(t, s, closing(t, c))[0]
	if first.Err != nil || again.Err != nil || !again.Result.Replayed[0] {
		t.Fatalf("first %v, again %v", first.Err, again)
	}
	if diff := cmp.Diff(first.Result.Leaves, again.Result.Leaves); diff != "" {
		t.Errorf("another leaf:\n%s", diff)
	}
	// Another person does not confirm it once more.
	if out := batch(t, s, closedBy(t, c, "staff/s_3")); !fault.Is(out[0].Err, "ILLEGAL_STATE") {
		t.Errorf("a third person: %v", out[0].Err)
	}
	if size := audit(t, s); size != 4 { // a gift, the proposal, the decision and the close
		t.Errorf("%d leaves", size)
	}
}

func TestWhatIsBookedMeanwhileStopsTheClose(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	p := store.NewPeriods(s)
	bookAll(t, s, on(month-9, "a", 100))
	c := propose(t, p, month)

	// A gift of another day does not matter; one of the period does, also where it
	// is in the same commit, and is booked itself.
	bookAll(t, s, on(month+1, "later", 1))
	out := batch(t, s, unit(t, on(month, "meanwhile", 1)), closing(t, c), unit(t, on(month, "too", 1)))
	if out[0].Err != nil || !fault.Is(out[1].Err, "FIGURES_CHANGED") || out[2].Err != nil {
		t.Fatalf("%v", out)
	}
	if day := out[2].Result.Leaves[0].Transaction.BookingDate; day != month {
		t.Errorf("after a refused close booked on %s", day)
	}
	if out := batch(t, s, closing(t, c)); !fault.Is(out[0].Err, "FIGURES_CHANGED") {
		t.Errorf("after the commit: %v", out[0].Err)
	}
	// Before the close in one commit it is too late, behind it is the next period.
	if err := p.Reject(t.Context(), c.ID, "staff/s_2", today); err != nil {
		t.Fatal(err)
	}
	c = propose(t, p, month)
	out = batch(t, s, closing(t, c), unit(t, on(month, "behind", 1)))
	if out[0].Err != nil || out[1].Result.Leaves[0].Transaction.BookingDate != month+1 {
		t.Errorf("%v", out)
	}
	audit(t, s)
}

func TestOneProposalAtATimeAndNoneIsConfirmedAfterItsRejection(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	p := store.NewPeriods(s)
	bookAll(t, s, on(month, "a", 100))
	c := propose(t, p, month)
	other := c
	other.ID = resource.NewID(resource.KindPeriod)
	if _, err := p.Propose(t.Context(), other); !fault.Is(err, "PROPOSAL_OPEN") {
		t.Errorf("a second proposal: %v", err)
	}
	if err := p.Reject(t.Context(), c.ID, "staff/s_1", today); err != nil {
		t.Fatal(err)
	}
	if err := p.Reject(t.Context(), c.ID, "staff/s_1", today); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("rejected twice: %v", err)
	}
	if out := batch(t, s, closing(t, c)); !fault.Is(out[0].Err, "ILLEGAL_STATE") {
		t.Errorf("confirmed after its rejection: %v", out[0].Err)
	}
	if _, err := p.Propose(t.Context(), other); err != nil {
		t.Errorf("a proposal after a rejection: %v", err)
	}
	list, err := p.List(t.Context(), page.Page{Size: 9})
	if err != nil || len(list) != 2 || list[0].ID != other.ID || list[1].State != period.Rejected {
		t.Errorf("list: %v, %v", list, err)
	}
	if _, err := p.Close(t.Context(), "per_none"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("a close that is not there: %v", err)
	}
}

func TestTheTableHoldsWhatTheProgramPromisesAboutCloses(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	p := store.NewPeriods(s)
	bookAll(t, s, on(month, "a", 100))
	c := propose(t, p, month)
	refused := func(statement, constraint string) {
		t.Helper()
		_, err := db.Pool.Exec(t.Context(), statement)
		if err == nil || constraint != "" && !postgres.Violates(err, constraint) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	refused(`UPDATE periods SET state = 'CLOSED', decider = proposer, decided_on = CURRENT_DATE, sequence = 9`, "periods_two_persons")
	refused(`UPDATE periods SET state = 'CLOSED', decider = 'staff/s_2', decided_on = CURRENT_DATE`, "periods_closed")
	refused(`UPDATE periods SET decider = 'staff/s_2'`, "periods_decided")
	refused(`UPDATE periods SET accounts = 9`, "")
	refused(`UPDATE periods SET size = 9`, "")
	refused(`UPDATE periods SET review = '{}'`, "")
	refused(`DELETE FROM periods`, "")
	if out := batch(t, s, closing(t, c)); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	refused(`UPDATE periods SET state = 'REJECTED', sequence = NULL`, "")
	refused(`UPDATE head SET open_from = open_from - 1`, "")
}

func TestTheBooksHoldNoTimeFinerThanADay(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	rows, err := db.Pool.Query(t.Context(), `
		SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND (data_type LIKE 'time%' OR data_type = 'interval')
			AND table_name !~ '^(goose|river)_' AND table_name NOT IN ('idempotency_keys', 'duty_sweeps')`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(columns) != 0 {
		t.Errorf("%v, %v", columns, err)
	}
}
