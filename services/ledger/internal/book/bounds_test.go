package book_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// full fills an account up to the bound.
func full(b *book.Books, path string, balance book.Balance) {
	b.Open(leaf.Account{Path: path, Currency: "EUR"}, balance)
}

func TestAnAccountIsNeverFilledBeyondWhatReportsCanSumUp(t *testing.T) {
	t.Parallel()
	b := newBooks()
	full(b, "asset:stripe", book.Balance{Debits: book.MaxSum - 7})
	must(t, b, booktest.Gift("g/1", 7))
	_, err := apply(t, b, booktest.Gift("g/2", 1))
	wantFault(t, err, book.AmountOverflow, "transactions[0].entries[0]")

	full(b, "deficit:operations", book.Balance{Debits: book.MaxSum})
	d := booktest.Draft(leaf.BankCharge, "cost", booktest.Credit("asset:bank:main", 1))
	d.Sources = []book.Sources{{Accounts: []string{"fund:operations:available", "deficit:operations"}, Amount: postingtest.EUR(1)}}
	_, err = apply(t, b, d)
	wantFault(t, err, book.AmountOverflow, "transactions[0].sources[0]")

	full(b, "asset:stripe", book.Balance{Credits: book.MaxSum})
	_, err = apply(t, b, booktest.Reversal("back", "g/1"))
	wantFault(t, err, book.AmountOverflow, "transactions[0].reverses")
}

// Ninety accounts with as much as there may be add up in 64 bits.
func TestSumsOfFullAccountsFit(t *testing.T) {
	t.Parallel()
	var sum int64
	for range 90 {
		var err error
		if sum, err = money.Add(sum, book.MaxSum); err != nil {
			t.Fatal(err)
		}
	}
}

// leave is a draft in a currency that has left ISO 4217.
func leave(reference string) book.Draft {
	d := booktest.Gift(reference, 100)
	d.Entries[0].Amount.Currency, d.Entries[1].Amount.Currency = "BGN", "BGN"
	return d
}

func TestWhatIsBookedInACurrencyThatIsNoMoreIsAnsweredAndTakenBack(t *testing.T) {
	t.Parallel()
	b := newBooks()
	_, err := apply(t, b, leave("new"))
	wantFault(t, err, "INVALID_FIELD", "transactions[0].entries[0].amount.currencyCode")

	d := leave("old")
	booked := &leaf.Transaction{
		Header: leaf.Header{Ledger: "main"}, Kind: d.Kind, Reference: d.Reference, Source: d.Source, Digest: book.Digest(&d),
	}
	for _, e := range d.Entries {
		a := leaf.Account{Path: e.Account, Currency: "BGN"}
		balance := book.Balance{Debits: 100}
		if e.Side == leaf.Credit {
			balance = book.Balance{Credits: 100}
		}
		b.Open(a, balance)
		booked.Entries = append(booked.Entries, leaf.Entry{Account: e.Account, Currency: "BGN", Side: e.Side, Amount: 100, Balance: balance.Net()})
	}
	b.Know(leaf.Leaf{Transaction: booked})
	if r := must(t, b, d); !r.Replayed[0] {
		t.Error("the repeat is booked anew")
	}
	must(t, b, booktest.Reversal("back", "old"))

	rate := booktest.Gift("rate", 1)
	rate.Rate = &leaf.Rate{From: "BGN", To: "EUR", Value: 1, Source: "ecb", Day: today}
	_, err = apply(t, b, rate)
	wantFault(t, err, "INVALID_FIELD", "transactions[0].rate")
}

func TestARefusalSaysWhichLineItIsAbout(t *testing.T) {
	t.Parallel()
	b := newBooks()
	must(t, b, booktest.Gift("g", 100), booktest.Clearing("c", 100))

	missing := booktest.Reversal("r/1", "nothing")
	_, err := apply(t, b, missing)
	wantFault(t, err, "NOT_FOUND", "transactions[0].reverses")

	back := missing
	back.Reverses = "g"
	_, err = apply(t, b, booktest.Gift("first", 1), back)
	wantFault(t, err, book.InsufficientFunds, "transactions[1].reverses")
	if f := fault.As(err); f != nil && !strings.Contains(f.Violations[0].Description, "entry 2") {
		t.Errorf("does not say which entry: %v", err)
	}

	// The first two sources have enough, the first of them on two accounts.
	d := booktest.Draft(leaf.BankCharge, "s", booktest.Credit("asset:bank:main", 150))
	for i, accounts := range [][]string{
		{"fund:operations:available", "fund:general:available", "deficit:general"}, {"deficit:general"}, {"fund:other:available"},
	} {
		d.Sources = append(d.Sources, book.Sources{Accounts: accounts, Amount: postingtest.EUR([]int64{120, 10, 20}[i])})
	}
	_, err = apply(t, b, d)
	wantFault(t, err, book.InsufficientFunds, "transactions[0].sources[2]")

	d = booktest.Draft(leaf.Transfer, "u", booktest.Debit("asset:stripe", 1), booktest.Credit("asset:bank:main", 1))
	for i, currency := range []string{"PLN", "CHF"} {
		d.Entries = append(d.Entries, booktest.In(currency, booktest.Debit(fmt.Sprintf("asset:bank:%d", i), 1)))
	}
	_, err = book.NewUnit(nil, []book.Draft{d}, today)
	wantFault(t, err, "UNBALANCED", "transactions[0].entries")
	if f := fault.As(err); f != nil && !strings.Contains(f.Violations[0].Description, "CHF") {
		t.Errorf("does not say in which currency: %v", err)
	}

	d = booktest.Draft(leaf.Transfer, "w", booktest.Credit("asset:bank:main", 1))
	d.Sources = []book.Sources{{Accounts: []string{"fund:general:available", "award:w_1"}, Amount: postingtest.EUR(1)}}
	_, err = book.NewUnit(nil, []book.Draft{d}, today)
	wantFault(t, err, "WRONG_KIND", "transactions[0].sources[0].accounts[1]")
}
