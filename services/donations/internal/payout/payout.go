// Package payout holds what Stripe sends to the bank: a projection of Stripe's payouts,
// each reconciled with its lines and with the bank's own statement.
package payout

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// State is where a payout stands, in the contract's word. The zero State is invalid.
type State string

// A payout is Arrived when a bank statement shows it.
const (
	Sent    State = "SENT"
	Arrived State = "ARRIVED"
	Failed  State = "FAILED"
)

// Of translates Stripe's word for a payout's status. What Stripe calls paid has arrived
// only when the bank says so.
func Of(status string) State {
	if status == "failed" || status == "canceled" {
		return Failed
	}
	return Sent
}

// Payout is money that Stripe sends to the bank.
type Payout struct {
	ID, StripeID string
	State        State
	Amount       money.Amount
	// Automatic payouts tell what they consist of.
	Automatic bool
	// CreatedOn and ExpectedOn are Stripe's, ArrivedOn the bank's, nil before.
	CreatedOn, ExpectedOn time.Time
	ArrivedOn             *time.Time
	// Reconciled says that its lines add up to it.
	Reconciled bool
	// Totals are its lines by category.
	Totals    []Total
	CreatedAt time.Time
}

// Total sums up the lines of a category, in minor units of the payout's currency.
type Total struct {
	Category string `json:"category"`
	Lines    int32  `json:"lines"`
	Gross    int64  `json:"gross"`
	Fee      int64  `json:"fee"`
	Net      int64  `json:"net"`
}

// AddsUp reports whether lines come to an amount. No line is no answer.
func AddsUp(amount money.Amount, lines []money.Amount) bool {
	sum := int64(0)
	for _, l := range lines {
		var err error
		if sum, err = money.Add(sum, l.MinorUnits); err != nil {
			return false
		}
	}
	foreign := slices.ContainsFunc(lines, func(l money.Amount) bool { return l.Currency != amount.Currency })
	return len(lines) > 0 && !foreign && sum == amount.MinorUnits
}

// Reading is what one look at Stripe's payout said.
type Reading struct {
	StripeID              string
	State                 State
	Amount                money.Amount
	Automatic             bool
	CreatedOn, ExpectedOn time.Time
}
