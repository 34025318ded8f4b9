// Package bankgift holds gifts by bank transfer, of whose sender nothing is known here.
package bankgift

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// State is where a gift stands. The zero State is invalid.
type State string

// A gift clears by the policy, as one by card does.
const (
	Received State = "RECEIVED"
	Cleared  State = "CLEARED"
)

// Gift is what a line of a bank statement brought.
type Gift struct {
	ID string
	// Line is the id of the line, Bank that of the bank account.
	Line, Bank string
	Fund       string
	State      State
	Amount     money.Amount
	// ReceivedOn is the bank's day.
	ReceivedOn time.Time
	// ClearsAt is from when the fund may use it; nil while the ledger does not know it.
	ClearsAt  *time.Time
	CreatedAt time.Time
}
