// Package posting holds the words in which services tell the ledger about money:
// for each kind of transaction the draft that books it, and the references by which
// each fact is booked once. It says nothing about when something is owed.
//
// A day is a UTC day such as "2026-11-24". Ids are those of resources, without
// their collections' names. A draft of an id that the contract does not allow is
// refused by the ledger.
package posting

import (
	"context"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
)

// Poster books transactions; one call is one unit, all or none.
type Poster interface {
	// Post books the transactions of a request.
	Post(ctx context.Context, r *ledgerv1.PostRequest, opts ...grpc.CallOption) (*ledgerv1.PostResponse, error)
}

// Part is a part of an amount, on one account.
type Part struct {
	// Account is a path of package account.
	Account string
	// Minor is greater than zero, in minor units of the amount's currency.
	Minor int64
}

// Draw is a part of an amount that is debited from accounts in order: from each
// limited one up to what it holds, the last takes the rest.
type Draw struct {
	// Accounts are ordered sources of package account.
	Accounts []string
	// Minor is greater than zero, in minor units of the amount's currency.
	Minor int64
}

// FundPart is a part of an amount that concerns one fund.
type FundPart struct {
	// Fund is the fund's id.
	Fund string
	// Minor is greater than zero, in minor units of the amount's currency.
	Minor int64
	// Cleared says of what goes back that the fund has got it for good: then what others
	// gave and has not cleared is left alone.
	Cleared bool
}

// AwardPart is a part of an amount that concerns one award.
type AwardPart struct {
	// Award is the award's id.
	Award string
	// Minor is greater than zero, in minor units of the amount's currency.
	Minor int64
}

// kind is what a transaction is for.
type kind = ledgerv1.TransactionKind

// draft is a transaction without lines.
func draft(k kind, reference, source, on string) *ledgerv1.TransactionDraft {
	return &ledgerv1.TransactionDraft{Kind: k, Reference: reference, Source: source, OccurredOn: on}
}

// move is a transaction of two lines.
func move(k kind, reference, source, on, debited, credited string, minor int64, currency string) *ledgerv1.TransactionDraft {
	d := draft(k, reference, source, on)
	debit(d, debited, minor, currency)
	credit(d, credited, minor, currency)
	return d
}

func debit(d *ledgerv1.TransactionDraft, account string, minor int64, currency string) {
	d.Entries = append(d.Entries, &ledgerv1.EntryDraft{
		Account: account, Side: ledgerv1.Side_SIDE_DEBIT, Amount: amount(minor, currency),
	})
}

func credit(d *ledgerv1.TransactionDraft, account string, minor int64, currency string) {
	d.Entries = append(d.Entries, &ledgerv1.EntryDraft{
		Account: account, Side: ledgerv1.Side_SIDE_CREDIT, Amount: amount(minor, currency),
	})
}

// draw lets the ledger choose the debited accounts.
func draw(d *ledgerv1.TransactionDraft, accounts []string, minor int64, currency string) {
	d.Sources = append(d.Sources, &ledgerv1.OrderedSources{Accounts: accounts, Amount: amount(minor, currency)})
}

func amount(minor int64, currency string) *typev1.Money {
	return &typev1.Money{MinorUnits: minor, CurrencyCode: currency}
}
