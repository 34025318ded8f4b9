package stripeapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// productName is all that a donor's bank and Stripe learn about the purpose.
const productName = "Contribution"

// referenceKey is the only metadata that is ever sent.
const referenceKey = "reference"

// CheckoutRequest is what a hosted checkout page needs. Nothing in it says who
// pays or what for.
type CheckoutRequest struct {
	// IdempotencyKey makes a repeated call return the same session; at most 255
	// characters, required.
	IdempotencyKey string
	// Amount is what the donor pays, in the currency that the donor sees.
	Amount money.Amount
	// Reference is an opaque id of letters, digits, "-" and "_". It comes back in
	// the session, the payment intent and the charge.
	Reference string
	// SuccessURL is where the browser goes after paying.
	SuccessURL string
	// CancelURL is where the browser goes when the donor turns back.
	CancelURL string
}

// Session is a checkout page at Stripe.
type Session struct {
	// ID is Stripe's "cs_…".
	ID string
	// URL is the hosted page; empty once the session is complete or expired.
	URL string
	// ExpiresAt is when the page stops to take payments, 24 hours after creation.
	ExpiresAt time.Time
	// Status is Stripe's word: "open", "complete" or "expired".
	Status string
	// PaymentStatus is Stripe's word: "unpaid", "paid" or "no_payment_required".
	PaymentStatus string
	// SetupIntentID is "seti_…" of a page that saves a card, empty for any other.
	SetupIntentID string
	// PaymentIntentID is "pi_…", empty until the donor has tried to pay.
	PaymentIntentID string
	// Reference is what the session was created with.
	Reference string
	// Customer is Stripe's "cus_…" of a page that saves a card, empty for any other.
	Customer string
	// Amount is the total that the donor sees.
	Amount money.Amount
}

// CreateCheckoutSession opens a hosted page for one payment by card. The same
// key with the same request returns the same session; with another request it
// is ErrConflict. An amount that Stripe cannot take is a fault that names
// "amount".
func (c *Client) CreateCheckoutSession(ctx context.Context, r CheckoutRequest) (Session, error) {
	p, err := checkoutParams(ctx, r)
	if err != nil {
		return Session{}, err
	}
	s, err := c.api.CheckoutSessions.New(p)
	if err != nil {
		return Session{}, failed("create checkout session", err)
	}
	return session(s)
}

// GetCheckoutSession reads a session; ErrNotFound where there is none.
func (c *Client) GetCheckoutSession(ctx context.Context, id string) (Session, error) {
	s, err := c.api.CheckoutSessions.Get(id, &stripe.CheckoutSessionParams{Params: params(ctx, "")})
	if err != nil {
		return Session{}, failed("read checkout session", err)
	}
	return session(s)
}

// ExpireSession closes an open page, so that nobody can pay there any more.
// ErrRefused says that it was already complete or expired.
func (c *Client) ExpireSession(ctx context.Context, id, idempotencyKey string) (Session, error) {
	s, err := c.api.CheckoutSessions.Expire(id, &stripe.CheckoutSessionExpireParams{Params: params(ctx, idempotencyKey)})
	if err != nil {
		return Session{}, failed("expire checkout session", err)
	}
	return session(s)
}

// checkoutParams says everything about a payment that leaves this system:
// cards only, a neutral name, an opaque reference, no receipt by e-mail.
func checkoutParams(ctx context.Context, r CheckoutRequest) (*stripe.CheckoutSessionParams, error) {
	if r.IdempotencyKey == "" || r.Reference == "" {
		return nil, errors.New("create checkout session: idempotency key and reference are required")
	}
	minor, err := ToStripe("amount", r.Amount)
	if err != nil {
		return nil, err
	}
	return &stripe.CheckoutSessionParams{
		Params:             params(ctx, r.IdempotencyKey),
		Mode:               stripe.String(string(stripe.CheckoutSessionModePayment)),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		CustomerCreation:   stripe.String("if_required"),
		SubmitType:         stripe.String("pay"),
		ClientReferenceID:  stripe.String(r.Reference),
		SuccessURL:         stripe.String(r.SuccessURL),
		CancelURL:          stripe.String(r.CancelURL),
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{
			// The card's money is held until its country is known.
			CaptureMethod: stripe.String(string(stripe.PaymentIntentCaptureMethodManual)),
			Metadata:      map[string]string{referenceKey: r.Reference},
		},
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency:    stripe.String(lower(r.Amount.Currency)),
				UnitAmount:  stripe.Int64(minor),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String(productName)},
			},
		}},
	}, nil
}

func session(s *stripe.CheckoutSession) (Session, error) {
	out := Session{
		ID: s.ID, URL: s.URL, ExpiresAt: instant(s.ExpiresAt), Status: string(s.Status),
		PaymentStatus: string(s.PaymentStatus), Reference: s.ClientReferenceID,
	}
	if s.Customer != nil {
		out.Customer = s.Customer.ID
	}
	if s.SetupIntent != nil {
		out.SetupIntentID = s.SetupIntent.ID
		return out, nil
	}
	amount, err := FromStripe(s.AmountTotal, string(s.Currency))
	if err != nil {
		return Session{}, fmt.Errorf("checkout session: %w", err)
	}
	out.Amount = amount
	if s.PaymentIntent != nil {
		out.PaymentIntentID = s.PaymentIntent.ID
	}
	return out, nil
}
