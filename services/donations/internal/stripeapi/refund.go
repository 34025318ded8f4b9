package stripeapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Refund is money that goes back to a card.
type Refund struct {
	// ID is Stripe's "re_…".
	ID string
	// Status is Stripe's word: "pending", "requires_action", "succeeded", "failed" or
	// "canceled".
	Status string
	// Reference is the opaque id that we gave it, empty for one of Stripe's dashboard.
	Reference string
	// ChargeID and PaymentIntentID are what it belongs to.
	ChargeID, PaymentIntentID string
	// Amount is what goes back, in the currency of the charge.
	Amount money.Amount
	// FailureReason is Stripe's word, empty where it has not failed.
	FailureReason string
	// Balance is what it took from the balance, nil while it took nothing; Failure what
	// came back of it, nil where it has not failed.
	Balance, Failure *BalanceTransaction
	// Created is when it was made.
	Created time.Time
}

// RefundRequest asks for a refund.
type RefundRequest struct {
	// IdempotencyKey makes a repeated call return the same refund.
	IdempotencyKey string
	// PaymentIntentID is the payment, Amount what of it goes back, in its currency.
	PaymentIntentID string
	Amount          money.Amount
	// Reference is an opaque id by which the refund is known again.
	Reference string
}

// expandRefund are the parts of a refund that are read with it.
var expandRefund = []string{"balance_transaction", "failure_balance_transaction"}

// CreateRefund asks for a refund; the same key with the same request returns the same
// one. ErrRefused says that there is nothing to refund.
func (c *Client) CreateRefund(ctx context.Context, r RefundRequest) (Refund, error) {
	if r.IdempotencyKey == "" || r.Reference == "" {
		return Refund{}, errors.New("create refund: idempotency key and reference are required")
	}
	minor, err := ToStripe("amount", r.Amount)
	if err != nil {
		return Refund{}, err
	}
	made, err := c.api.Refunds.New(&stripe.RefundParams{
		Params: params(ctx, r.IdempotencyKey, expandRefund...), PaymentIntent: stripe.String(r.PaymentIntentID),
		Amount: stripe.Int64(minor), Metadata: map[string]string{referenceKey: r.Reference},
	})
	if err != nil {
		return Refund{}, failed("create refund", err)
	}
	return refund(made)
}

// GetRefund reads a refund with what it did to the balance; ErrNotFound where there is
// none.
func (c *Client) GetRefund(ctx context.Context, id string) (Refund, error) {
	r, err := c.api.Refunds.Get(id, &stripe.RefundParams{Params: params(ctx, "", expandRefund...)})
	if err != nil {
		return Refund{}, failed("read refund", err)
	}
	return refund(r)
}

// ListRefunds calls visit for each refund of a charge, newest first. An error of visit
// ends it and is returned.
func (c *Client) ListRefunds(ctx context.Context, chargeID string, visit func(Refund) error) error {
	p := &stripe.RefundListParams{Charge: stripe.String(chargeID)}
	p.Context, p.Limit = ctx, stripe.Int64(100)
	for _, field := range expandRefund {
		p.AddExpand("data." + field)
	}
	list := c.api.Refunds.List(p)
	for list.Next() {
		r, err := refund(list.Refund())
		if err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	if err := list.Err(); err != nil {
		return failed("list refunds", err)
	}
	return nil
}

func refund(r *stripe.Refund) (out Refund, err error) {
	out = Refund{
		ID: r.ID, Status: string(r.Status), Reference: r.Metadata[referenceKey], FailureReason: string(r.FailureReason), Created: instant(r.Created),
	}
	if out.Amount, err = FromStripe(r.Amount, string(r.Currency)); err != nil {
		return Refund{}, fmt.Errorf("refund: %w", err)
	}
	if r.Charge != nil {
		out.ChargeID = r.Charge.ID
	}
	if r.PaymentIntent != nil {
		out.PaymentIntentID = r.PaymentIntent.ID
	}
	if out.Balance, err = moved(r.BalanceTransaction); err != nil {
		return Refund{}, err
	}
	out.Failure, err = moved(r.FailureBalanceTransaction)
	return out, err
}

// moved reads a balance transaction that was expanded, nil where there is none.
func moved(t *stripe.BalanceTransaction) (*BalanceTransaction, error) {
	if t == nil || t.Object == "" {
		return nil, nil //nolint:nilnil // nothing has moved
	}
	return balanceTransaction(t)
}
