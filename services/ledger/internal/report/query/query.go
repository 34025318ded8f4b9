// Package query holds what the books can be asked for and what they answer, in terms
// that neither the database nor the wire has made.
package query

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Accounts says which accounts are listed, and when.
type Accounts struct {
	// Prefix is what their paths begin with.
	Prefix string
	// Sequence, where it is set, is the leaf after which balances are taken.
	Sequence *int64
	// Date, where it is not zero, is the booking date at whose end they are.
	Date leaf.Day
	// After is the last account of the page before.
	After leaf.Account
	// Limit bounds the rows.
	Limit int
}

// TrialBalance says which trial balance is read.
type TrialBalance struct {
	// Date is the booking date at whose end it is taken, zero for everything.
	Date leaf.Day
	// Detailed gives each award and round a line of its own.
	Detailed bool
	// After is the last line of the page before.
	After leaf.Account
	// Limit bounds the lines.
	Limit int
}

// Balance is an account, or a line of a trial balance, at the time of the query.
type Balance struct {
	leaf.Account
	// Debits and Credits are what was booked, in minor units; at a sequence nobody
	// knows them.
	Debits, Credits int64
	// Net is credits less debits.
	Net int64
}

// Trace says which part of a walk from a resource is read.
type Trace struct {
	// Source is the resource that it begins at.
	Source string
	// Size is the number of leaves that the walk knows: later ones are not there.
	Size int64
	// Skip is how many transactions were read before, Limit bounds those to read.
	Skip, Limit int
}

// Entry is a line of a transaction with what the transaction says.
type Entry struct {
	leaf.Entry
	// Sequence is that of the transaction, Number counts its entries from 1.
	Sequence int64
	Number   int
	// BookingDate, Kind and Source are those of the transaction.
	BookingDate leaf.Day
	Kind        leaf.Kind
	Source      string
}
