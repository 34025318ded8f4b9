package tamper

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// book books what one call asks for.
func (l *ledger) book(decisions []book.Decision, drafts ...book.Draft) {
	l.t.Helper()
	u, err := book.NewUnit(decisions, drafts, leaf.DayOf(l.now))
	if err != nil {
		l.t.Fatalf("unit: %v", err)
	}
	l.batch(u)
}

func (l *ledger) batch(u book.Unit) {
	l.t.Helper()
	outcomes, memory, err := l.store.Batch(l.t.Context(), []book.Unit{u}, l.memory)
	if err != nil {
		l.t.Fatalf("batch: %v", err)
	}
	if err := outcomes[0].Err; err != nil {
		l.t.Fatalf("unit: %v", err)
	}
	l.memory = memory
}

// draft is a draft of the ledger's own day.
func (l *ledger) draft(kind leaf.Kind, reference, source string, entries ...book.Entry) book.Draft {
	d := booktest.Draft(kind, reference, entries...)
	d.Source, d.OccurredOn = source, leaf.DayOf(l.now)
	return d
}

// reversal takes a transaction back on the ledger's own day.
func (l *ledger) reversal(reference, source, original string) book.Draft {
	d := l.draft(leaf.Reversal, reference, source)
	d.Reverses = original
	return d
}

func (l *ledger) decision(kind leaf.DecisionKind, resource, person string) book.Decision {
	d := book.Decision{
		Reference: fmt.Sprintf("%s/%d/%s", kind, l.memory.Size(), person), Kind: kind, Resource: resource, Person: person,
		Day: leaf.DayOf(l.now), Commitment: [32]byte{7},
	}
	if kind == leaf.DecisionPlanLocked {
		d.Content = &leaf.Lock{Currency: "EUR", Amount: 3000}
	}
	return d
}

// story books one gift all the way, with ordered sources, a reversal, a round, a
// plan, money changed and decisions about families.
func (l *ledger) story() {
	l.t.Helper()
	fee := l.draft(leaf.ProcessingFee, "stripe/1/fee", "donations/d_1", booktest.Credit("asset:stripe", 170))
	fee.Sources = []book.Sources{{
		Accounts: []string{"fund:operations:available", "deficit:operations"}, Amount: postingtest.EUR(170),
	}}
	const opening = "ledger/adjustments/adj_1"
	l.book([]book.Decision{
		l.decision(leaf.DecisionAdjustmentProposed, opening, "staff/s_1"), l.decision(leaf.DecisionAdjustmentApproved, opening, "staff/s_2"),
	},
		l.draft(leaf.OpeningBalance, opening, opening, booktest.Debit("asset:bank:main", 90000), booktest.Credit("equity:opening", 90000)),
		l.draft(leaf.Donation, "stripe/1", "donations/d_1", booktest.Debit("asset:stripe", 5000),
			booktest.Credit("fund:general:clearing", 4900), booktest.Credit("fund:operations:available", 100)), fee)
	l.book(nil, l.reversal("stripe/1/fee/reverse", "donations/d_1", "stripe/1/fee"), l.draft(leaf.Clearing, "clear/1", "funds/general", booktest.Debit("fund:general:clearing", 4900), booktest.Credit("fund:general:available", 4900)))
	const round, plan = "allocationRounds/r_1", "paymentPlans/p_1"
	l.book([]book.Decision{
		l.decision(leaf.DecisionFamilyProposed, "", "staff/s_1"), l.decision(leaf.DecisionFamilyDecided, "", "staff/s_2"),
		l.decision(leaf.DecisionRoundSnapshot, round, "staff/s_1"), l.decision(leaf.DecisionRoundCommitted, round, "staff/s_2"),
		l.decision(leaf.DecisionPlanLocked, plan, "staff/s_1"), l.decision(leaf.DecisionPlanApproved, plan, "staff/s_2"),
		l.decision(leaf.DecisionPlanAuthorized, plan, "staff/s_3"), l.decision(leaf.DecisionPlanReleased, plan, "staff/s_4"),
	})
	l.book(nil,
		l.draft(leaf.RoundHold, "r_1/hold", round, booktest.Debit("fund:general:available", 4000), booktest.Credit("round:r_1:general", 4000)),
		l.draft(leaf.RoundAward, "r_1/awards", round, booktest.Debit("round:r_1:general", 4000),
			booktest.Credit("award:w_1", 2000), booktest.Credit("award:w_2", 1000), booktest.Credit("fund:general:available", 1000)))
	change := l.draft(leaf.FX, "payment/y_2/attempts/1/exchange", plan+"/payments/y_2", booktest.Debit("award:w_2", 1000),
		booktest.Credit("fx:EUR:PLN", 1000), booktest.In("PLN", booktest.Debit("fx:EUR:PLN", 4257)), booktest.In("PLN", booktest.Credit("transit:csv", 4257)))
	change.Rate = &leaf.Rate{From: "EUR", To: "PLN", Value: 42571, Scale: 4, Source: "ecb", Day: leaf.DayOf(l.now)}
	l.book(nil,
		l.draft(leaf.AttemptSubmitted, "payment/y_1/attempts/1/submit", plan+"/payments/y_1", booktest.Debit("award:w_1", 2000), booktest.Credit("transit:sepa", 2000)),
		l.draft(leaf.AttemptSettled, "payment/y_1/attempts/1/settle", plan+"/payments/y_1", booktest.Debit("transit:sepa", 2000), booktest.Credit("asset:bank:main", 2000)),
		change)
}

// more books what comes after most of the gifts, among it a return.
func (l *ledger) more() {
	l.t.Helper()
	l.close(leaf.DayOf(l.now) - 2)
	l.book([]book.Decision{l.decision(leaf.DecisionFamilyDecided, "", "")},
		l.draft(leaf.AttemptReturned, "payment/y_1/attempts/1/return", "paymentPlans/p_1/payments/y_1",
			booktest.Debit("asset:bank:main", 300), booktest.Credit("award:w_1", 300)),
		l.reversal("clear/1/reverse", "funds/general", "gift/30"))
	l.gifts(5)
}

// close closes the period up to a day, by two persons.
func (l *ledger) close(last leaf.Day) {
	l.t.Helper()
	periods := store.NewPeriods(l.store)
	b, err := periods.Holdings(l.t.Context(), last)
	if err != nil {
		l.t.Fatal(err)
	}
	c := period.Close{ID: "per_1", First: b.Open, Last: last, State: period.Proposed, Proposer: "staff/s_1", ProposedOn: leaf.DayOf(l.now), Size: b.Size}
	c.Review.Figures, c.Review.Accounts, c.Review.TrialBalance = leaf.Trial(b.Totals)
	if _, err := periods.Propose(l.t.Context(), c); err != nil {
		l.t.Fatal(err)
	}
	u, err := book.NewClose(book.Close{
		Resource: c.Name(), First: c.First, Last: c.Last, Day: leaf.DayOf(l.now), ProposedBy: c.Proposer, ConfirmedBy: "staff/s_2",
		Figures: c.Review.Figures, Accounts: c.Review.Accounts, TrialBalance: c.Review.TrialBalance, Size: c.Size, Review: c.Digest(),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.batch(u)
}

// gifts books n donations, in calls of 25.
func (l *ledger) gifts(n int) {
	l.t.Helper()
	for n > 0 {
		var drafts []book.Draft
		for range min(n, 25) {
			id := l.memory.Size() + int64(len(drafts))
			minor := 100 + id
			drafts = append(drafts, l.draft(leaf.Donation, fmt.Sprintf("gift/%d", id), fmt.Sprintf("donations/d_%d", id),
				booktest.Debit("asset:stripe", minor), booktest.Credit(fmt.Sprintf("fund:f_%d:clearing", id%5), minor)))
		}
		l.book(nil, drafts...)
		n -= len(drafts)
	}
}
