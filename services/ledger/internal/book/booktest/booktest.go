// Package booktest makes drafts for tests of the books, of what keeps them and of
// what reads them. Everything is in EUR and of one day; a test changes what it is
// about. Drafts as the contract has them are in package postingtest.
package booktest

import (
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Today is the day of every draft, 2026-11-24 as in package postingtest.
const Today leaf.Day = 20781

// Debit is a line of a draft.
func Debit(path string, minor int64) book.Entry {
	return book.Entry{Account: path, Side: leaf.Debit, Amount: postingtest.EUR(minor)}
}

// Credit is a line of a draft.
func Credit(path string, minor int64) book.Entry {
	return book.Entry{Account: path, Side: leaf.Credit, Amount: postingtest.EUR(minor)}
}

// In is a line in another currency.
func In(currency string, line book.Entry) book.Entry {
	line.Amount.Currency = currency
	return line
}

// Draft is a draft of any lines, also of such as the books refuse.
func Draft(kind leaf.Kind, reference string, entries ...book.Entry) book.Draft {
	return book.Draft{Reference: reference, Kind: kind, Source: "donations/d_1", OccurredOn: Today, Entries: entries}
}

// Gift is what the ledger reads of postingtest.Gift.
func Gift(reference string, minor int64) book.Draft {
	return Draft(leaf.Donation, reference, Debit(account.Stripe(), minor), Credit(account.FundClearing(postingtest.Fund), minor))
}

// Clearing is what the ledger reads of postingtest.Clearing.
func Clearing(reference string, minor int64) book.Draft {
	d := Draft(leaf.Clearing, reference,
		Debit(account.FundClearing(postingtest.Fund), minor), Credit(account.FundAvailable(postingtest.Fund), minor))
	d.Source = "clearingRuns/c_1"
	return d
}

// Reversal takes an earlier transaction back.
func Reversal(reference, original string) book.Draft {
	d := Draft(leaf.Reversal, reference)
	d.Reverses = original
	return d
}
