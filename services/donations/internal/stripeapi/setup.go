package stripeapi

import (
	"context"
	"errors"

	"github.com/stripe/stripe-go/v76"
)

// SaveRequest is what a hosted page needs that saves a card for later payments.
type SaveRequest struct {
	// IdempotencyKey makes a repeated call return the same page.
	IdempotencyKey string
	// Customer is whose card it is, Stripe's "cus_…".
	Customer string
	// Reference is an opaque id; it comes back in the page.
	Reference string
	// SuccessURL and CancelURL are where the browser goes then.
	SuccessURL, CancelURL string
}

// Saved is a card that was saved.
type Saved struct {
	// Status is Stripe's word; "succeeded" says that there is a card.
	Status string
	// Customer and Method are Stripe's ids of whose it is and of the card.
	Customer, Method string
	// CardCountry is where the card was issued, ISO 3166 of two letters.
	CardCountry string
}

// CreateCustomer makes somebody who pays again and again. Stripe learns an opaque
// reference of them, and nothing else from us.
func (c *Client) CreateCustomer(ctx context.Context, reference, idempotencyKey string) (id string, err error) {
	p := &stripe.CustomerParams{Params: params(ctx, idempotencyKey)}
	p.AddMetadata(referenceKey, reference)
	customer, err := c.api.Customers.New(p)
	if err != nil {
		return "", failed("create customer", err)
	}
	return customer.ID, nil
}

// DeleteCustomer ends all that Stripe does for a customer, and forgets their cards. One
// that is not there is no error.
func (c *Client) DeleteCustomer(ctx context.Context, id string) error {
	_, err := c.api.Customers.Del(id, &stripe.CustomerParams{Params: params(ctx, "")})
	if err = failedOrNil("delete customer", err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// CreateSavePage opens a hosted page that saves a card and takes no money.
func (c *Client) CreateSavePage(ctx context.Context, r SaveRequest) (Session, error) {
	if r.IdempotencyKey == "" || r.Reference == "" || r.Customer == "" {
		return Session{}, errors.New("create page for a card: idempotency key, reference and customer are required")
	}
	s, err := c.api.CheckoutSessions.New(&stripe.CheckoutSessionParams{
		Params:             params(ctx, r.IdempotencyKey),
		Mode:               stripe.String(string(stripe.CheckoutSessionModeSetup)),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		Customer:           stripe.String(r.Customer),
		ClientReferenceID:  stripe.String(r.Reference),
		SuccessURL:         stripe.String(r.SuccessURL),
		CancelURL:          stripe.String(r.CancelURL),
	})
	if err != nil {
		return Session{}, failed("create page for a card", err)
	}
	return session(s)
}

// GetSaved reads what a page has saved; ErrNotFound where there is nothing.
func (c *Client) GetSaved(ctx context.Context, setupIntentID string) (Saved, error) {
	s, err := c.api.SetupIntents.Get(setupIntentID, &stripe.SetupIntentParams{Params: params(ctx, "", "payment_method")})
	if err != nil {
		return Saved{}, failed("read setup intent", err)
	}
	out := Saved{Status: string(s.Status)}
	if s.Customer != nil {
		out.Customer = s.Customer.ID
	}
	if s.PaymentMethod != nil {
		out.Method = s.PaymentMethod.ID
		if s.PaymentMethod.Card != nil {
			out.CardCountry = s.PaymentMethod.Card.Country
		}
	}
	return out, nil
}

// ForgetCard takes a card away from its customer. One that is taken away already is no
// error.
func (c *Client) ForgetCard(ctx context.Context, methodID string) error {
	_, err := c.api.PaymentMethods.Detach(methodID, &stripe.PaymentMethodDetachParams{Params: params(ctx, "forget/"+methodID)})
	if err = failedOrNil("forget card", err); errors.Is(err, ErrNotFound) || errors.Is(err, ErrRefused) {
		return nil
	}
	return err
}

func failedOrNil(op string, err error) error {
	if err == nil {
		return nil
	}
	return failed(op, err)
}
