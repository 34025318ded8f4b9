// Package camt reads bank statements (ISO 20022 camt.053) and notifications
// (camt.054) in versions 2 to 13. It is pure and strict, and keeps ids,
// amounts, dates, codes and balances only: who paid whom and what they wrote is
// never taken out of the file, but for the account that a transfer went to, which is
// compared with what was ordered and forgotten.
package camt

import (
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// File is one message of a bank.
type File struct {
	// MessageID is the bank's, unique among its messages.
	MessageID string
	// Version is such as "camt.053.001.08".
	Version string
	// SHA256 is of the bytes that were read.
	SHA256 [32]byte
	// Statements are one or more, of one or several accounts.
	Statements []Statement
}

// Statement is what happened on one account.
type Statement struct {
	// Line is where it begins in the file, counted from 1.
	Line int
	// ID is the bank's, at most 35 characters.
	ID string
	// Account is an IBAN or, where there is none, another number; without spaces.
	Account string
	// Currency is the account's, or that of its opening balance or first entry
	// where the bank does not say; ISO 4217.
	Currency string
	// Sequence counts the account's statements, 0 where the bank does not count.
	Sequence int64
	// Created, From and To are days, empty where the bank does not say.
	Created, From, To string
	// Notification is true for camt.054, which has no balances.
	Notification bool
	// Opening and Closing are the booked balances in Currency, nil where missing.
	Opening, Closing *Balance
	// Entries are in the file's order.
	Entries []Entry
	// Refused is why the statement cannot be read, nil where it can; besides it only Line
	// and Notification mean something.
	Refused error
}

// Balance is the state of an account at the end of a day.
type Balance struct {
	// Minor counts minor units of the statement's currency; credit is positive.
	Minor int64
	// Day is such as "2026-11-24".
	Day string
}

// Entry is one line of an account.
type Entry struct {
	// Line is where it begins in the file.
	Line int
	// Ref and ServicerRef are the bank's references, either may be empty.
	Ref, ServicerRef string
	// Amount is never negative; Credit says the direction.
	Amount money.Amount
	// Credit is true where the account gained.
	Credit bool
	// Reversal is true where the entry takes back an earlier one.
	Reversal bool
	// Status is "BOOK" for what has happened; others, such as "PDNG", may yet not.
	Status string
	// Booked and Value are days, empty where the bank does not say.
	Booked, Value string
	// Code is the bank transaction code, such as "PMNT/ICDT/ESCT", or empty.
	Code string
	// Charges is what the bank says that it took for itself out of the amount, nil
	// where it says nothing; below zero where it gave some back.
	Charges *money.Amount
	// Batches summarise several transfers that were booked as one.
	Batches []Batch
	// Details are the single transfers, where the bank lists them.
	Details []Detail
}

// Batch is a summary of transfers that were ordered together.
type Batch struct {
	// Line is where it begins in the file.
	Line int
	// MessageID and PaymentInfoID are those of the order, either may be empty.
	MessageID, PaymentInfoID string
	// Count is how many transfers there are, -1 where the bank does not say.
	Count int
	// Total is their sum, nil where the bank does not say.
	Total *money.Amount

	details int // how many of the entry's details belong to it
	first   int // which is the first of them
}

// Detail is one transfer within an entry.
type Detail struct {
	// Line is where it begins in the file.
	Line int
	// EndToEndID and InstructionID are those of the order, empty where the bank
	// does not give them.
	EndToEndID, InstructionID string
	// PaymentInfoID is that of the order, if need be from the batch around it.
	PaymentInfoID string
	// TxRef is the bank's reference of the transfer.
	TxRef string
	// Amount is what was transferred, nil where the bank does not say.
	Amount *money.Amount
	// Instructed is what was ordered, nil where the bank does not say.
	Instructed *money.Amount
	// Charges are as an entry's.
	Charges *money.Amount
	// Credit is the direction, the entry's where the bank does not say.
	Credit bool
	// IsReturn is true where an earlier transfer came back.
	IsReturn bool
	// ReturnReason is a code of ISO 20022 such as "AC04", or empty.
	ReturnReason string
	// Code is the bank transaction code, or empty.
	Code string
	// Account is where it went, as the bank writes it without spaces; empty where it came
	// in, or the bank does not say. Nobody keeps it.
	Account string
	// GiftRef is a reference of ours in what the sender wrote, of which nothing else is
	// taken; empty for what left.
	GiftRef string
}

// Key returns the bank's own name of the entry, empty where it has none.
func (e Entry) Key() string {
	if e.ServicerRef != "" {
		return e.ServicerRef
	}
	return e.Ref
}

// signed returns the entry's amount with the sign that it has for the account.
func (e Entry) signed() int64 {
	if e.Credit {
		return e.Amount.MinorUnits
	}
	return -e.Amount.MinorUnits
}
