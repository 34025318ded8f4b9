package stripeapi

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// Invoice asks for one payment of a subscription.
type Invoice struct {
	// ID is Stripe's "in_…".
	ID string
	// Reference is that of its subscription, empty for an invoice of anything else.
	Reference string
	// PaymentIntentID is the payment, empty where nothing is to be paid.
	PaymentIntentID string
	// Unpaid says that it was tried and is still to be paid; Asks that the card's bank
	// asks for the donor.
	Unpaid, Asks bool
	// PayURL is where the donor can pay it.
	PayURL string
	// Created is when it was made.
	Created time.Time
}

// GetInvoice reads an invoice with its payment; ErrNotFound where there is none.
func (c *Client) GetInvoice(ctx context.Context, id string) (Invoice, error) {
	in, err := c.api.Invoices.Get(id, &stripe.InvoiceParams{Params: params(ctx, "", "payment_intent")})
	if err != nil {
		return Invoice{}, failed("read invoice", err)
	}
	out := Invoice{
		ID: in.ID, Unpaid: in.Status == stripe.InvoiceStatusOpen && in.Attempted, PayURL: in.HostedInvoiceURL, Created: instant(in.Created),
	}
	if in.SubscriptionDetails != nil {
		out.Reference = in.SubscriptionDetails.Metadata[referenceKey]
	}
	if pi := in.PaymentIntent; pi != nil {
		out.PaymentIntentID = pi.ID
		out.Asks = pi.Status == stripe.PaymentIntentStatusRequiresAction ||
			pi.LastPaymentError != nil && pi.LastPaymentError.Code == stripe.ErrorCodeAuthenticationRequired
	}
	return out, nil
}
