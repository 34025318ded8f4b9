package stripeapi

import (
	"context"

	"github.com/stripe/stripe-go/v76"
)

// Held is Stripe's word for a payment whose money is held and not taken yet.
const Held = "requires_capture"

// CapturePayment takes the money that a payment holds, and returns the payment with
// what was credited. ErrRefused says that it holds none: it was taken before, or given
// back.
func (c *Client) CapturePayment(ctx context.Context, intentID, idempotencyKey string) (PaymentIntent, error) {
	p := &stripe.PaymentIntentCaptureParams{Params: params(ctx, idempotencyKey, "latest_charge.balance_transaction")}
	pi, err := c.api.PaymentIntents.Capture(intentID, p)
	if err != nil {
		return PaymentIntent{}, failed("capture payment", err)
	}
	return intent(pi)
}

// ReleasePayment gives back what a payment holds. ErrRefused says that it holds
// nothing any more.
func (c *Client) ReleasePayment(ctx context.Context, intentID, idempotencyKey string) error {
	_, err := c.api.PaymentIntents.Cancel(intentID, &stripe.PaymentIntentCancelParams{Params: params(ctx, idempotencyKey)})
	if err != nil {
		return failed("release payment", err)
	}
	return nil
}
