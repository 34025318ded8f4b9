// Package refund holds money of gifts that goes back: who may ask for it, who decides,
// and the way from there to the donor's card.
package refund

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// State is where a refund stands.
type State = back.RefundState

// The states.
const (
	Requested = back.Requested
	Rejected  = back.Rejected
	Pending   = back.Pending
	Succeeded = back.Succeeded
	Failed    = back.Failed
)

// Of translates Stripe's word for a refund's status.
func Of(status string) State {
	switch status {
	case "succeeded":
		return Succeeded
	case "failed", "canceled":
		return Failed
	default:
		return Pending
	}
}

// Origin is who asked for a refund.
type Origin string

// The origins.
const (
	Donor   Origin = "DONOR"
	Partner Origin = "PARTNER"
	Staff   Origin = "STAFF"
	Stripe  Origin = "STRIPE"
)

// Verb is what a treasurer does with a refund that was asked for.
type Verb string

// The verbs, as in the URL of the donation.
const (
	Request Verb = "requestRefund"
	Approve Verb = "approveRefund"
	Reject  Verb = "rejectRefund"
)

// steps are what people decide about refunds.
var steps = verb.Steps[Verb, State]{
	Approve: {From: []State{Requested}, To: Pending},
	Reject:  {From: []State{Requested}, To: Rejected},
}

// Take returns the state that a verb leads to from s, empty for no refund.
func Take(s State, v Verb) (State, error) {
	to, open := steps.Take(v, s)
	if !open {
		return s, fault.State("refund", string(s), string(to))
	}
	return to, nil
}

// Refund is money that goes back, or is to.
type Refund struct {
	ID, Donation, Partner string
	State                 State
	Origin                Origin
	// Amount is in the currency of the charge, Settled what was set aside for it in that
	// of the books; Settled is zero before that, and where Stripe began it.
	Amount, Settled money.Amount
	// StripeID is empty while Stripe does not know it.
	StripeID string
	// Reason says why it failed, a stable word.
	Reason string
	// Back says out of what Settled is taken.
	Back []back.Part
	// StartedAt is when the ledger had set the money aside, SentAt when Stripe was first
	// asked; nil before.
	StartedAt, SentAt *time.Time
	CreatedAt         time.Time
}

// Reading is what one look at Stripe's refund said.
type Reading struct {
	StripeID, Reference string
	State               State
	Amount              money.Amount
	// Charge and Intent are Stripe's ids of the payment.
	Charge, Intent string
	// Moved says that it took money from the balance.
	Moved bool
	// Reason is why it failed.
	Reason string
}

// Gift is what a request must know of the gift.
type Gift struct {
	// Received says that there is money; Disputed that its bank asks for it; Waits that
	// another refund has not ended; Cleared that its funds have got it for good.
	Received, Disputed, Waits, Cleared bool
	// Left is what has not gone back of what the card was charged.
	Left money.Amount
}

// May reports, as a fault, why nobody of an origin may ask for a refund of a gift now.
func (g Gift) May(by Origin) error {
	switch {
	case !g.Received, g.Disputed, g.Left.MinorUnits <= 0:
		return fault.New(fault.Precondition, fault.ReasonNotRefundable, "The gift was not received, has gone back already, or is disputed.")
	case g.Waits:
		return fault.New(fault.Precondition, fault.ReasonRefundWaits, "Another refund of the gift has not ended.")
	case g.Cleared && by == Partner:
		return fault.New(fault.Precondition, fault.ReasonGiftCleared, "The gift has cleared; a treasurer can refund it.")
	}
	return nil
}

// Asked returns what goes back for a request of an amount, nil for all that is left.
func (g Gift) Asked(amount *money.Amount) (money.Amount, error) {
	switch {
	case amount == nil:
		return g.Left, nil
	case amount.Currency != g.Left.Currency:
		return g.Left, fault.Field("amount.currencyCode", fault.FieldNotPossible, "must be the currency of the charge")
	case amount.MinorUnits > g.Left.MinorUnits:
		return g.Left, fault.Field("amount.minorUnits", fault.FieldTooLarge, "is more than is left of the gift")
	}
	return *amount, nil
}

// Begins is the state in which a request begins, where the partner's other requests of
// the day by the same origin come to so much, and may come to most: treasurers decide; a
// partner, and its donors, have back up to that sum of what has not cleared. All are in
// minor units of one currency.
func (g Gift) Begins(by Origin, minor, today, most int64) State {
	if by == Staff || !g.Cleared && minor <= most-today {
		return Pending
	}
	return Requested
}
