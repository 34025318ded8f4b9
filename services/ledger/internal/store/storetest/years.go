package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// What happens on each day of Years, in transactions.
const (
	funds     = 20
	gifts     = 450 // each with a fee
	bankGifts = 300
	awards    = 55 // all of one round, each paid on the same day
	days      = 3650
)

// PerDay is how many entries a day has.
const PerDay = 2 * (2*gifts + bankGifts + 1 + 1 + 3*awards)

// Years returns the books of ten years of a fund, as far as a number of entries
// goes, in whole days: gifts by card with their fees and by bank, into 20 funds in
// turn, and each day a round out of one of them whose awards are paid at once. It
// ends on the day last.
func Years(entries int, last leaf.Day) iter.Seq[book.Unit] {
	return func(yield func(book.Unit) bool) {
		for day := range min(entries/PerDay, days) {
			d := calendar{n: day, on: last - days + leaf.Day(day) + 1, fund: fmt.Sprintf("f%d", day%funds)}
			for _, u := range []book.Unit{d.gifts(), d.fees(), d.bankGifts(), d.round()} {
				if !yield(u) {
					return
				}
			}
		}
	}
}

// calendar is one day.
type calendar struct {
	n    int
	on   leaf.Day
	fund string
}

func (d calendar) gifts() book.Unit {
	return d.unit(nil, each(gifts, func(i int) book.Draft {
		return d.draft(leaf.Donation, "gift", i, d.donation(i), 1000, "asset:stripe", fundOf(i, "clearing"))
	}))
}

func (d calendar) fees() book.Unit {
	return d.unit(nil, each(gifts, func(i int) book.Draft {
		return d.draft(leaf.ProcessingFee, "fee", i, d.donation(i), 30, fundOf(i, "clearing"), "asset:stripe")
	}))
}

func (d calendar) bankGifts() book.Unit {
	return d.unit(nil, each(bankGifts, func(i int) book.Draft {
		return d.draft(leaf.BankGift, "bank", i, d.donation(gifts+i), 500, "asset:bank:main", fundOf(i, "clearing"))
	}))
}

// round clears money of the day's fund, holds it, awards and pays it.
func (d calendar) round() book.Unit {
	id := fmt.Sprintf("d%d", d.n)
	name, plan := "allocationRounds/"+id, "paymentPlans/"+id
	held := "round:" + id + ":" + d.fund
	drafts := []book.Draft{
		d.draft(leaf.Clearing, "clearing", 0, "clearingRuns/"+id, 10*awards, "fund:"+d.fund+":clearing", "fund:"+d.fund+":available"),
		d.draft(leaf.RoundHold, "hold", 0, name, 10*awards, "fund:"+d.fund+":available", held),
	}
	for i := range awards {
		award, payment := fmt.Sprintf("award:w%d-%d", d.n, i), fmt.Sprintf("%s/payments/y%d", plan, i)
		drafts = append(drafts,
			d.draft(leaf.RoundAward, "award", i, name, 10, held, award),
			d.draft(leaf.AttemptSubmitted, "submit", i, payment, 10, award, "transit:sepa"),
			d.draft(leaf.AttemptSettled, "settle", i, payment, 10, "transit:sepa", "asset:bank:main"))
	}
	var decisions []book.Decision
	for i, kind := range []leaf.DecisionKind{
		leaf.DecisionRoundSnapshot, leaf.DecisionRoundCommitted,
		leaf.DecisionPlanLocked, leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased,
	} {
		resource := name
		if i > 1 {
			resource = plan
		}
		decisions = append(decisions, book.Decision{
			Reference: d.reference("decision", i), Kind: kind, Resource: resource, Person: fmt.Sprintf("staff/s_%d", i), Day: d.on,
		})
	}
	return d.unit(decisions, drafts)
}

func (d calendar) draft(kind leaf.Kind, what string, i int, source string, minor int64, debit, credit string) book.Draft {
	amount := money.Amount{MinorUnits: minor, Currency: "EUR"}
	return book.Draft{
		Kind: kind, Reference: d.reference(what, i), Source: source, OccurredOn: d.on,
		Entries: []book.Entry{{Account: debit, Side: leaf.Debit, Amount: amount}, {Account: credit, Side: leaf.Credit, Amount: amount}},
	}
}

// reference is in no order, as that of a gift is.
func (d calendar) reference(what string, i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", what, d.n, i))
	return what + "/" + hex.EncodeToString(sum[:16])
}

func (d calendar) donation(i int) string { return Donation(d.n, i) }

// Donation is the source of the i-th gift of a day, both counted from 0.
func Donation(day, i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "donation/%d/%d", day, i))
	return "donations/d_" + hex.EncodeToString(sum[:10])
}

func (d calendar) unit(decisions []book.Decision, drafts []book.Draft) book.Unit {
	u, err := book.NewUnit(decisions, drafts, d.on)
	if err != nil {
		panic(fmt.Sprintf("make a day's books: %v", err)) // they are the same each time
	}
	return u
}

func each(n int, one func(i int) book.Draft) []book.Draft {
	var out []book.Draft
	for i := range n {
		out = append(out, one(i))
	}
	return out
}

func fundOf(i int, what string) string { return fmt.Sprintf("fund:f%d:%s", i%funds, what) }
