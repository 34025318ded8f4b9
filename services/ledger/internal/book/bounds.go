package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

const (
	// AmountOverflow is the reason of the fault for an amount, or a sum, that is too
	// large for the books.
	AmountOverflow = fault.ReasonAmountOverflow
	// MaxAmount bounds one amount, in minor units.
	MaxAmount int64 = 1_000_000_000_000_000
	// MaxSum bounds all debits, and all credits, of one account, in minor units:
	// whoever sums up accounts in 64 bits has room for ninety full ones.
	MaxSum int64 = 100_000_000_000_000_000
)

// sum adds an amount to the debits or the credits of an account.
func sum(booked, minor int64) (int64, bool) {
	n, err := money.Add(booked, minor)
	return n, err == nil && n <= MaxSum
}

// TooLarge is the fault for an amount that is above MaxAmount. field is that of
// its minor units.
func TooLarge(field string) error {
	f := fault.Field(field, fault.FieldTooLarge, "must be at most 10^15")
	f.Reason = AmountOverflow
	return f
}

// full is the fault for a line after which its account would be above MaxSum.
func full(field string) error {
	f := fault.Field(field, fault.FieldTooLarge, "would bring the debits or the credits of its account above 10^17")
	f.Reason = AmountOverflow
	return f
}

// SumTooLarge is the fault for a sum over accounts that 64 bits do not hold; MaxSum
// keeps those of fewer than ninety from it.
func SumTooLarge() *fault.Fault {
	return fault.New(fault.Precondition, AmountOverflow, "A sum over accounts is too large; nothing was changed.")
}
