package book_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

func TestOrderedSourcesAreEmptiedInOrder(t *testing.T) {
	t.Parallel()
	chain := []string{"fund:general:clearing", "fund:general:available", "fund:reserve:available", "deficit:general"}
	for name, c := range map[string]struct {
		has  [3]int64
		need int64
		want []leaf.Entry
	}{
		"the first suffices": {[3]int64{100, 5, 5}, 100, []leaf.Entry{{Account: chain[0], Amount: 100}}},
		"all are needed": {[3]int64{10, 20, 30}, 100, []leaf.Entry{
			{Account: chain[0], Amount: 10}, {Account: chain[1], Amount: 20},
			{Account: chain[2], Amount: 30}, {Account: chain[3], Amount: 40, Balance: -40},
		}},
		"empty ones are left out": {[3]int64{0, 0, 7}, 8, []leaf.Entry{
			{Account: chain[2], Amount: 7}, {Account: chain[3], Amount: 1, Balance: -1},
		}},
		"nothing is there": {[3]int64{}, 9, []leaf.Entry{{Account: chain[3], Amount: 9, Balance: -9}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBooks()
			for i, minor := range c.has {
				b.Open(leaf.Account{Path: chain[i], Currency: "EUR"}, book.Balance{Credits: minor})
			}
			d := booktest.Draft(leaf.StripeTaking, "taking", booktest.Credit("asset:stripe", c.need))
			d.Sources = []book.Sources{{Accounts: chain, Amount: postingtest.EUR(c.need)}}
			got := must(t, b, d).Leaves[0].Transaction.Entries[1:]
			for i := range c.want {
				c.want[i].Currency, c.want[i].Side = "EUR", leaf.Debit
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOurOwnDecisionIsRefusedForLackOfMoney(t *testing.T) {
	t.Parallel()
	b := newBooks()
	must(t, b, booktest.Gift("g", 100))
	refund := booktest.Draft(leaf.RefundStarted, "refund", booktest.Credit("transit:refunds", 101))
	refund.Sources = []book.Sources{{Accounts: []string{"fund:general:clearing", "fund:reserve:available"}, Amount: postingtest.EUR(101)}}
	_, err := apply(t, b, refund)
	wantFault(t, err, book.InsufficientFunds, "transactions[0].sources[0]")

	// And the limit is looked at after the whole transaction, not after each line.
	must(t, b, booktest.Draft(leaf.FundRelease, "through", booktest.Debit("fund:new:available", 50), booktest.Credit("fund:new:available", 50)))
}

func TestRepeatComparesTheRequestNotTheResult(t *testing.T) {
	t.Parallel()
	b := newBooks()
	fee := func(sources ...string) book.Draft {
		d := booktest.Draft(leaf.ProcessingFee, "fee", booktest.Credit("asset:stripe", 10))
		d.Sources = []book.Sources{{Accounts: sources, Amount: postingtest.EUR(10)}}
		return d
	}
	first := must(t, b, fee("fund:operations:available", "deficit:general"))
	// When money arrives in between, the repeat still gives the first result.
	must(t, b, booktest.Draft(leaf.Donation, "g", booktest.Debit("asset:stripe", 99), booktest.Credit("fund:operations:available", 99)))
	again := must(t, b, fee("fund:operations:available", "deficit:general"))
	if !again.Replayed[0] || again.Leaves[0] != first.Leaves[0] {
		t.Errorf("repeat: %+v", again)
	}
	// Other sources that come to the same result are another request.
	_, err := apply(t, b, fee("deficit:general"))
	wantFault(t, err, book.ReferenceConflict, "transactions[0].sources")
}

// Ordered sources make debits only: a credit that is booked and not asked for is an
// entry that differs, whatever the digest says.
func TestAConflictTellsEntriesFromSources(t *testing.T) {
	t.Parallel()
	b := newBooks()
	fees := func(minor int64, credits ...int64) book.Draft {
		d := booktest.Draft(leaf.ProcessingFee, "fees")
		for _, c := range credits {
			d.Entries = append(d.Entries, booktest.Credit("asset:stripe", c))
		}
		d.Sources = []book.Sources{{Accounts: []string{"fund:operations:available", "deficit:general"}, Amount: postingtest.EUR(minor)}}
		return d
	}
	must(t, b, fees(50, 30, 20))
	for field, other := range map[string]book.Draft{
		"entries": fees(30, 30), "entries[1].amount.minorUnits": fees(51, 30, 21), "entries[2].account": fees(51, 30, 20, 1),
	} {
		_, err := apply(t, b, other)
		wantFault(t, err, book.ReferenceConflict, "transactions[0]."+field)
	}
	split := fees(30, 30, 20)
	split.Sources = append(split.Sources, book.Sources{Accounts: []string{"deficit:general"}, Amount: postingtest.EUR(20)})
	_, err := apply(t, b, split)
	wantFault(t, err, book.ReferenceConflict, "transactions[0].sources")
}

func TestConflictNamesTheFirstFieldThatDiffers(t *testing.T) {
	t.Parallel()
	b := newBooks()
	must(t, b, booktest.Gift("g", 100))
	if _, err := b.Apply(unitOf(t, []book.Decision{{Reference: "d", Kind: leaf.DecisionRoundSnapshot, Day: today}})); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(d *book.Draft){
		"kind":       func(d *book.Draft) { d.Kind = leaf.BankGift },
		"source":     func(d *book.Draft) { d.Source = "donations/d_2" },
		"occurredOn": func(d *book.Draft) { d.OccurredOn-- },
		"entries": func(d *book.Draft) {
			d.Entries = append(d.Entries, booktest.Debit("asset:stripe", 1), booktest.Credit("asset:stripe", 1))
		},
		"entries[0].account": func(d *book.Draft) { d.Entries[0].Account = "asset:bank:main" },
		"entries[0].side":    func(d *book.Draft) { d.Entries[0].Side, d.Entries[1].Side = leaf.Credit, leaf.Debit },
		"entries[0].amount.minorUnits": func(d *book.Draft) {
			d.Entries[0], d.Entries[1] = booktest.Debit("asset:stripe", 1), booktest.Credit("fund:general:clearing", 1)
		},
		"entries[0].amount.currencyCode": func(d *book.Draft) { d.Entries[0].Amount.Currency, d.Entries[1].Amount.Currency = "USD", "USD" },
		"rate":                           func(d *book.Draft) { d.Rate = &leaf.Rate{From: "EUR", To: "PLN", Value: 4, Source: "ecb", Day: today} },
		"reference":                      func(d *book.Draft) { d.Reference = "d" },
	} {
		d := booktest.Gift("g", 100)
		change(&d)
		_, err := apply(t, b, d)
		wantFault(t, err, book.ReferenceConflict, "transactions[0]."+field)
	}
}

func TestLateFactIsBookedOnTheFirstOpenDay(t *testing.T) {
	t.Parallel()
	b := book.New(book.Position{Ledger: "main", Size: 7, Open: today - 3}, zeros).WithoutRoles()
	late, fresh := booktest.Gift("late", 1), booktest.Gift("fresh", 1)
	late.OccurredOn = today - 30
	r := must(t, b, late, fresh)
	for i, want := range []leaf.Day{today - 3, today} {
		got := r.Leaves[i].Transaction
		if got.BookingDate != want || got.Sequence != int64(7+i) {
			t.Errorf("%s: booked on %s as %d", got.Reference, got.BookingDate, got.Sequence)
		}
	}
}

// unitOf is a unit of decisions.
func unitOf(t helper, decisions []book.Decision) book.Unit {
	t.Helper()
	u, err := book.NewUnit(decisions, nil, today)
	if err != nil {
		t.Fatalf("unit: %v", err)
	}
	return u
}

// Whatever is applied, in whatever order: every leaf balances, running balances
// are sums, no limited account is below zero, and a refused unit leaves no trace.
func TestBooksKeepTheirLaws(t *testing.T) {
	t.Parallel()
	paths := []string{"asset:stripe", "fund:general:clearing", "fund:general:available", "transit:refunds", "deficit:general", "suspense:bank"}
	rapid.Check(t, func(r *rapid.T) {
		b := newBooks()
		for n := range rapid.IntRange(1, 12).Draw(r, "units") {
			before, size := sums(b, paths), len(b.Booked())
			if _, err := apply(r, b, anyUnit(r, n, paths)...); err != nil {
				if fault.As(err) == nil {
					r.Fatalf("error is no fault: %v", err)
				}
				if diff := cmp.Diff(before, sums(b, paths)); diff != "" || len(b.Booked()) != size {
					r.Fatalf("a refused unit left a trace: %s", diff)
				}
			}
		}
		running := map[string]int64{}
		for i, l := range b.Booked() {
			var sum int64
			for _, e := range l.Transaction.Entries {
				change := e.Amount
				if e.Side == leaf.Debit {
					change = -change
				}
				sum += change
				if running[e.Account] += change; running[e.Account] != e.Balance {
					r.Fatalf("leaf %d: %s says %d, sum is %d", i, e.Account, e.Balance, running[e.Account])
				}
			}
			if sum != 0 || l.Header().Sequence != int64(i) {
				r.Fatalf("leaf %d: sum %d, sequence %d", i, sum, l.Header().Sequence)
			}
			for _, path := range paths[1:4] {
				if running[path] < 0 {
					r.Fatalf("leaf %d: %s is at %d", i, path, running[path])
				}
			}
		}
	})
}

func anyUnit(r *rapid.T, n int, paths []string) []book.Draft {
	path := rapid.SampledFrom(paths)
	var drafts []book.Draft
	for i := range rapid.IntRange(1, 3).Draw(r, "drafts") {
		minor := rapid.Int64Range(1, 30).Draw(r, "amount")
		d := booktest.Draft(leaf.Suspense, fmt.Sprintf("ref/%d/%d", n, i), booktest.Debit(path.Draw(r, "debit"), minor), booktest.Credit(path.Draw(r, "credit"), minor))
		if rapid.Bool().Draw(r, "ordered") {
			d.Kind, d.Entries = leaf.StripeTaking, d.Entries[1:]
			d.Sources = []book.Sources{{Accounts: []string{"fund:general:clearing", path.Draw(r, "last")}, Amount: postingtest.EUR(minor)}}
			if d.Sources[0].Accounts[1] == d.Sources[0].Accounts[0] {
				d.Sources[0].Accounts = d.Sources[0].Accounts[:1]
			}
		}
		drafts = append(drafts, d)
	}
	return drafts
}

func sums(b *book.Books, paths []string) map[string]int64 {
	out := map[string]int64{}
	for _, p := range paths {
		out[p] = net(b, p)
	}
	return out
}
