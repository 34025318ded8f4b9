package stripeapi

import (
	"context"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Dispute is a donor's bank that asks for a gift back.
type Dispute struct {
	// ID is Stripe's "dp_…" or "du_…".
	ID string
	// Status is Stripe's word, such as "warning_needs_response" or "lost".
	Status string
	// ChargeID and PaymentIntentID are what it is about.
	ChargeID, PaymentIntentID string
	// Amount is what is disputed, in the currency of the charge.
	Amount money.Amount
	// Balances are what it did to the balance: nothing yet, a taking, or a taking and its
	// return.
	Balances []BalanceTransaction
	// Created is when it was made.
	Created time.Time
}

// GetDispute reads a dispute with what it did to the balance; ErrNotFound where there is
// none.
func (c *Client) GetDispute(ctx context.Context, id string) (Dispute, error) {
	d, err := c.api.Disputes.Get(id, &stripe.DisputeParams{Params: params(ctx, "")})
	if err != nil {
		return Dispute{}, failed("read dispute", err)
	}
	out := Dispute{ID: d.ID, Status: string(d.Status), Created: instant(d.Created)}
	if out.Amount, err = FromStripe(d.Amount, string(d.Currency)); err != nil {
		return Dispute{}, fmt.Errorf("dispute: %w", err)
	}
	if d.Charge != nil {
		out.ChargeID = d.Charge.ID
	}
	if d.PaymentIntent != nil {
		out.PaymentIntentID = d.PaymentIntent.ID
	}
	for _, t := range d.BalanceTransactions {
		b, err := balanceTransaction(t)
		if err != nil {
			return Dispute{}, err
		}
		out.Balances = append(out.Balances, *b)
	}
	return out, nil
}

// Warning is a card's network that says a payment may be fraud.
type Warning struct {
	// ID is Stripe's "issfr_…".
	ID string
	// ChargeID is what it is about.
	ChargeID string
	// Actionable is false once the payment was refunded or disputed.
	Actionable bool
	// Created is when it was made.
	Created time.Time
}

// GetWarning reads an early fraud warning; ErrNotFound where there is none.
func (c *Client) GetWarning(ctx context.Context, id string) (Warning, error) {
	w, err := c.api.RadarEarlyFraudWarnings.Get(id, &stripe.RadarEarlyFraudWarningParams{Params: params(ctx, "")})
	if err != nil {
		return Warning{}, failed("read fraud warning", err)
	}
	out := Warning{ID: w.ID, Actionable: w.Actionable, Created: instant(w.Created)}
	if w.Charge != nil {
		out.ChargeID = w.Charge.ID
	}
	return out, nil
}
