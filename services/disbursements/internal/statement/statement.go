// Package statement is a bank statement as it is kept: single movements that can be
// held against payments. It has ids, amounts, days and codes only.
package statement

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Statement is one statement of one account, ready to be kept.
type Statement struct {
	// Sender is whose account it is of.
	Sender string
	// BankID is the bank's id of the statement.
	BankID string
	// Currency is that of all amounts, ISO 4217.
	Currency string
	// Opening and Closing are balances in minor units, negative for a debt.
	Opening, Closing int64
	// Sequence counts the account's statements, 0 where the bank does not count.
	Sequence int64
	// ClosedOn is the day of the closing balance, "2026-11-24"; empty where the bank
	// does not say.
	ClosedOn string
	// At is the line of the file where it begins.
	At int
	// Notification is true for a message that tells of movements beside the statements:
	// it has no balances and no place among them.
	Notification bool
	// Lines are its booked movements in order.
	Lines []Line
}

// Line is one booked movement.
type Line struct {
	// Credit is true for money that came in.
	Credit bool
	// Minor is the amount in minor units, above zero.
	Minor int64
	// BookedOn is the booking day, "2026-11-24".
	BookedOn string
	// Code is the bank's transaction code, Ref its reference of the entry.
	Code, Ref string
	// Sure is true where Ref is the bank's own for this movement alone, and no number in
	// the statement.
	Sure bool
	// EndToEndID names one transfer; empty where the bank gives none.
	EndToEndID string
	// BatchID names a payment file whose transfers were booked as one sum, and
	// BatchCount how many they are, -1 where the bank does not say.
	BatchID    string
	BatchCount int
	// IsReturn is true where the bank says that an earlier transfer came back.
	IsReturn bool
	// IsReversal is true where the bank takes back what it booked.
	IsReversal bool
	// ReturnReason is the code of a return, "AC04"; empty otherwise.
	ReturnReason string
	// Account is where the bank says that the money went, empty where it does not. It is
	// compared with what was meant, and neither kept nor part of what the line says.
	Account string
	// GiftRef is a fund's reference that the sender wrote; empty for none. It is no part of
	// what the line says.
	GiftRef string
}

// Refused is a statement that was not taken in.
type Refused struct {
	// Line is the line of the file where it begins.
	Line int
	// Fault is why.
	Fault *fault.Fault
}

// Wrong is the fault for a statement that cannot be taken in; it names the line
// of the file.
func Wrong(line int, description string) *fault.Fault {
	f := fault.Field(fmt.Sprintf("line %d", line), fault.FieldMalformed, description)
	f.Reason = fault.ReasonStatementInvalid
	return f
}
