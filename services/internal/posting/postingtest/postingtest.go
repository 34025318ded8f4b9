// Package postingtest makes amounts and transactions for tests of the ledger and
// of what posts to it. Everything is in EUR and of one day.
package postingtest

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

const (
	// Today is the day of every transaction.
	Today = "2026-11-24"
	// Fund is the fund that gifts are for.
	Fund = "general"
)

// EUR is an amount.
func EUR(minor int64) money.Amount { return money.Amount{MinorUnits: minor, Currency: "EUR"} }

// Money is an amount as the contract has it.
func Money(minor int64) *typev1.Money {
	return &typev1.Money{MinorUnits: minor, CurrencyCode: "EUR"}
}

// Debit is a line of a transaction.
func Debit(path string, minor int64) *ledgerv1.EntryDraft {
	return &ledgerv1.EntryDraft{Account: path, Side: ledgerv1.Side_SIDE_DEBIT, Amount: Money(minor)}
}

// Credit is a line of a transaction.
func Credit(path string, minor int64) *ledgerv1.EntryDraft {
	return &ledgerv1.EntryDraft{Account: path, Side: ledgerv1.Side_SIDE_CREDIT, Amount: Money(minor)}
}

// Draft is a transaction of any lines, also of such as no service posts.
func Draft(kind ledgerv1.TransactionKind, reference, source string, entries ...*ledgerv1.EntryDraft) *ledgerv1.TransactionDraft {
	return &ledgerv1.TransactionDraft{Reference: reference, Kind: kind, Source: source, OccurredOn: Today, Entries: entries}
}

// Gift is a donation to Fund, not yet cleared.
func Gift(reference string, minor int64) *ledgerv1.TransactionDraft {
	d := posting.Donation(posting.Gift{
		Donation: "d_1", On: Today, Gross: EUR(minor),
		Credits: []posting.Part{{Account: account.FundClearing(Fund), Minor: minor}},
	})
	d.Reference = reference
	return d
}

// Clearing makes a gift to Fund spendable.
func Clearing(reference string, minor int64) *ledgerv1.TransactionDraft {
	d := posting.Clearing(posting.Cleared{Run: "c_1", Fund: Fund, On: Today, Amount: EUR(minor)})
	d.Reference = reference
	return d
}
