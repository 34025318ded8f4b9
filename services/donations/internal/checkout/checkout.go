// Package checkout opens and closes the payment page of a pledge at Stripe. The
// step can be repeated by anybody at any time: the page is made under a key that
// is the pledge's, and one caller at a time is at it.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// freeTime bounds giving a claim back after the call itself has ended.
const freeTime = 2 * time.Second

// Pages are Stripe's calls about payment pages.
type Pages interface {
	// CreateCheckoutSession opens a page; the same key gives the same page.
	CreateCheckoutSession(ctx context.Context, r stripeapi.CheckoutRequest) (stripeapi.Session, error)
	// ExpireSession closes a page on which nobody has paid.
	ExpireSession(ctx context.Context, id, idempotencyKey string) (stripeapi.Session, error)
}

// Desk opens and closes payment pages.
type Desk struct {
	store *store.Store
	pages Pages
}

// New returns a desk.
func New(s *store.Store, pages Pages) *Desk { return &Desk{store: s, pages: pages} }

// Check refuses an amount that Stripe cannot charge; the fault names field.
func (d *Desk) Check(field string, charge money.Amount) error {
	_, err := stripeapi.ToStripe(field, charge)
	return err
}

// Open makes the page of a pledge that has none. It does nothing where there is
// one, where the pledge has ended, or where somebody else is making it.
func (d *Desk) Open(ctx context.Context, id string) error {
	claimed, err := d.store.ClaimCheckout(ctx, id)
	if err != nil || !claimed {
		return err
	}
	p, err := d.store.Pledge(ctx, store.Everything, id)
	if err != nil {
		return err
	}
	session, err := d.pages.CreateCheckoutSession(ctx, stripeapi.CheckoutRequest{
		IdempotencyKey: "checkout/" + p.ID,
		Amount:         p.Charge(),
		Reference:      p.ID,
		SuccessURL:     p.ReturnURL,
		CancelURL:      p.ReturnURL,
	})
	if err != nil {
		return d.notOpened(ctx, id, err)
	}
	err = d.store.OpenCheckout(ctx, id, pledge.Checkout{SessionID: session.ID, URL: session.URL, ExpiresAt: session.ExpiresAt})
	if err != nil {
		return fmt.Errorf("record page of pledge %s: %w", id, err)
	}
	return nil
}

// notOpened frees the claim, or ends a pledge that Stripe will never take.
func (d *Desk) notOpened(ctx context.Context, id string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	if errors.Is(cause, stripeapi.ErrRefused) || errors.Is(cause, stripeapi.ErrConflict) {
		if err := d.store.RefuseCheckout(ctx, id); err != nil {
			return err
		}
		return fault.New(fault.Precondition, "PAYMENT_REFUSED", "The payment processor does not take this payment.").With(cause)
	}
	if err := d.store.FreeCheckout(ctx, id); err != nil {
		return err
	}
	return Unavailable(cause)
}

// Unavailable is the fault for a call to Stripe that may be repeated with its
// key.
func Unavailable(cause error) error {
	return fault.New(fault.Unavailable, "PAYMENT_PROCESSOR_UNAVAILABLE",
		"The payment processor did not answer; repeat the request with the same key.").With(cause)
}

// Close closes the page of an ended pledge, so that nobody pays by mistake. A
// page that was paid or closed meanwhile is left to its events.
func (d *Desk) Close(ctx context.Context, id string) error {
	p, err := d.store.Pledge(ctx, store.Everything, id)
	if err != nil {
		return err
	}
	if p.Checkout.SessionID == "" {
		return d.store.CheckoutClosed(ctx, id)
	}
	_, err = d.pages.ExpireSession(ctx, p.Checkout.SessionID, "expire/"+p.ID)
	switch {
	case err == nil, errors.Is(err, stripeapi.ErrRefused), errors.Is(err, stripeapi.ErrNotFound):
		return d.store.CheckoutClosed(ctx, id)
	default:
		return Unavailable(err)
	}
}
