package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// lifeFunds is how many funds every Life has.
const lifeFunds = 10

// decisions are those of each day.
const decisions = 6

// Life is how long a ledger is kept and how much is booked in it, evenly over its
// days: gifts by card with their fees and by bank, into its funds in turn, and each
// day a round out of one of them whose awards are paid at once. From a hundred
// entries a day on there is something for each fund on each day.
type Life struct {
	// Entries is how many there are about.
	Entries int
	// Days is how long it lasts.
	Days int
	// Last is its last day.
	Last leaf.Day
}

// Leaves returns how many leaves a day brings.
func (l Life) Leaves() int {
	c := l.day(0)
	return 2*c.cards + c.banks + 2 + 3*c.awards + decisions
}

// On returns the day with a number, counted from 0.
func (l Life) On(day int) leaf.Day { return l.Last - leaf.Day(l.Days-1-day) }

// Units returns the books, day by day.
func (l Life) Units() iter.Seq[book.Unit] {
	return func(yield func(book.Unit) bool) {
		for n := range l.Days {
			d := l.day(n)
			for _, units := range [][]book.Unit{d.gifts(), d.fees(), d.bankGifts(), d.round()} {
				for _, u := range units {
					if !yield(u) {
						return
					}
				}
			}
		}
	}
}

// calendar is one day, and how much happens on it.
type calendar struct {
	n                    int
	on                   leaf.Day
	fund                 string
	cards, banks, awards int
}

func (l Life) day(n int) calendar {
	transactions := l.Entries / l.Days / 2
	c := calendar{n: n, on: l.On(n), fund: fmt.Sprintf("f%d", n%lifeFunds), cards: transactions / 3, awards: min(max(1, transactions/28), (book.MaxUnit-2)/3)}
	c.banks = max(1, transactions-2*c.cards-2-3*c.awards)
	return c
}

func (d calendar) gifts() []book.Unit {
	return d.units(nil, each(d.cards, func(i int) book.Draft {
		return d.draft(leaf.Donation, "gift", i, d.donation(i), 1000, "asset:stripe", fundOf(i, "clearing"))
	}))
}

func (d calendar) fees() []book.Unit {
	return d.units(nil, each(d.cards, func(i int) book.Draft {
		return d.draft(leaf.ProcessingFee, "fee", i, d.donation(i), 30, fundOf(i, "clearing"), "asset:stripe")
	}))
}

func (d calendar) bankGifts() []book.Unit {
	return d.units(nil, each(d.banks, func(i int) book.Draft {
		return d.draft(leaf.BankGift, "bank", i, d.donation(d.cards+i), 500, "asset:bank:main", fundOf(i, "clearing"))
	}))
}

// round clears money of the day's fund, holds it, awards and pays it, all in one
// unit, since a unit brings the decisions behind it.
func (d calendar) round() []book.Unit {
	id := fmt.Sprintf("d%d", d.n)
	name, plan := "allocationRounds/"+id, "paymentPlans/"+id
	held, minor := "round:"+id+":"+d.fund, int64(10*d.awards)
	drafts := []book.Draft{
		d.draft(leaf.Clearing, "clearing", 0, "clearingRuns/"+id, minor, "fund:"+d.fund+":clearing", "fund:"+d.fund+":available"),
		d.draft(leaf.RoundHold, "hold", 0, name, minor, "fund:"+d.fund+":available", held),
	}
	for i := range d.awards {
		award, payment := fmt.Sprintf("award:w%d-%d", d.n, i), fmt.Sprintf("%s/payments/y%d", plan, i)
		drafts = append(drafts,
			d.draft(leaf.RoundAward, "award", i, name, 10, held, award),
			d.draft(leaf.AttemptSubmitted, "submit", i, payment, 10, award, "transit:sepa"),
			d.draft(leaf.AttemptSettled, "settle", i, payment, 10, "transit:sepa", "asset:bank:main"))
	}
	var decided []book.Decision
	for i, kind := range [decisions]leaf.DecisionKind{
		leaf.DecisionRoundSnapshot, leaf.DecisionRoundCommitted,
		leaf.DecisionPlanLocked, leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased,
	} {
		resource := name
		if i > 1 {
			resource = plan
		}
		one := book.Decision{
			Reference: d.reference("decision", i), Kind: kind, Resource: resource, Person: fmt.Sprintf("staff/s_%d", i), Day: d.on,
		}
		if kind == leaf.DecisionPlanLocked {
			one.Content = &leaf.Lock{Currency: "EUR", Amount: minor}
		}
		decided = append(decided, one)
	}
	return d.units(decided, drafts)
}

func (d calendar) draft(kind leaf.Kind, what string, i int, source string, minor int64, debit, credit string) book.Draft {
	made := booktest.Draft(kind, d.reference(what, i), booktest.Debit(debit, minor), booktest.Credit(credit, minor))
	made.Source, made.OccurredOn = source, d.on
	return made
}

// reference is in no order, as that of a gift is.
func (d calendar) reference(what string, i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", what, d.n, i))
	return what + "/" + hex.EncodeToString(sum[:16])
}

func (d calendar) donation(i int) string { return donationName(d.n, i) }

// donationName is the source of the i-th gift of a day, both counted from 0.
func donationName(day, i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "donation/%d/%d", day, i))
	return "donations/d_" + hex.EncodeToString(sum[:10])
}

// units divides a day's facts into as many as one call takes, behind its decisions.
func (d calendar) units(decided []book.Decision, drafts []book.Draft) []book.Unit {
	var out []book.Unit
	for part := range slices.Chunk(drafts, book.MaxUnit) {
		u, err := book.NewUnit(decided, part, d.on)
		if err != nil {
			panic(fmt.Sprintf("make a day's books: %v", err)) // they are the same each time
		}
		out, decided = append(out, u), nil
	}
	return out
}

func each(n int, one func(i int) book.Draft) []book.Draft {
	var out []book.Draft
	for i := range n {
		out = append(out, one(i))
	}
	return out
}

func fundOf(i int, what string) string { return fmt.Sprintf("fund:f%d:%s", i%lifeFunds, what) }
