package duty

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// freeTime bounds giving a claim back after the call itself has ended.
const freeTime = 2 * time.Second

// Pages are Stripe's calls about payment pages.
type Pages interface {
	// CreateCheckoutSession opens a page; the same key gives the same page.
	CreateCheckoutSession(ctx context.Context, r stripeapi.CheckoutRequest) (stripeapi.Session, error)
	// CreateCustomer makes somebody who pays again and again.
	CreateCustomer(ctx context.Context, reference, idempotencyKey string) (string, error)
	// CreateSavePage opens a page that saves a card.
	CreateSavePage(ctx context.Context, r stripeapi.SaveRequest) (stripeapi.Session, error)
	// ExpireSession closes a page on which nobody has paid.
	ExpireSession(ctx context.Context, id, idempotencyKey string) (stripeapi.Session, error)
}

// OpenPage makes a payment page that is owed.
func (w *Worker) OpenPage(ctx context.Context, id string) error {
	_, err := w.Open(ctx, id)
	return err
}

// Open makes a payment page and returns its pledge as it is then. It makes none where
// there is one, where it was given up, or where another caller is making it.
func (w *Worker) Open(ctx context.Context, id string) (pledge.Pledge, error) {
	p, claimed, err := w.Store.ClaimCheckout(ctx, id)
	if err != nil || !claimed {
		return p, err
	}
	return w.OpenClaimed(ctx, p)
}

// OpenClaimed makes the payment page that a pledge is given with and that the caller
// has claimed, and returns the pledge as it is then. The page is made under a key that
// is its own, so that the call may be repeated. A page that Stripe will never make ends
// as refused.
func (w *Worker) OpenClaimed(ctx context.Context, p pledge.Pledge) (pledge.Pledge, error) {
	session, err := w.make(ctx, p)
	if err != nil {
		return w.notOpened(ctx, p, err)
	}
	p, err = w.Store.OpenCheckout(ctx, p.Checkout.ID, pledge.Checkout{SessionID: session.ID, URL: session.URL, ExpiresAt: session.ExpiresAt})
	if err != nil {
		return p, fmt.Errorf("record page %s: %w", p.Checkout.ID, err)
	}
	return p, nil
}

// make makes the page at Stripe: one that takes the money, or, for a pledge that is paid
// again and again, one that saves a card.
func (w *Worker) make(ctx context.Context, p pledge.Pledge) (stripeapi.Session, error) {
	key := "checkout/" + p.Checkout.ID
	if !p.Recurring() {
		return w.Pages.CreateCheckoutSession(ctx, stripeapi.CheckoutRequest{
			IdempotencyKey: key, Amount: p.Charge(), Reference: p.ID, SuccessURL: p.ReturnURL, CancelURL: p.ReturnURL,
		})
	}
	customer, err := w.customerOf(ctx, p)
	if err != nil {
		return stripeapi.Session{}, err
	}
	return w.Pages.CreateSavePage(ctx, stripeapi.SaveRequest{
		IdempotencyKey: key, Customer: customer, Reference: p.ID, SuccessURL: p.ReturnURL, CancelURL: p.ReturnURL,
	})
}

// customerOf is whose card a pledge is paid with, made where there is none yet.
func (w *Worker) customerOf(ctx context.Context, p pledge.Pledge) (string, error) {
	if p.Giving != nil {
		return p.Giving.Customer, nil
	}
	return w.Pages.CreateCustomer(ctx, p.ID, "customer/"+p.ID)
}

// notOpened frees the claim, or ends a page that Stripe will never make.
func (w *Worker) notOpened(ctx context.Context, p pledge.Pledge, cause error) (pledge.Pledge, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	if errors.Is(cause, stripeapi.ErrRefused) || errors.Is(cause, stripeapi.ErrConflict) {
		w.Log.WarnContext(ctx, "the payment processor does not take a payment", "pledge", p.ID, "error", cause)
		return w.Store.RefuseCheckout(ctx, p.Checkout.ID)
	}
	if err := w.Store.FreeCheckout(ctx, p.Checkout.ID); err != nil {
		return p, err
	}
	return p, silent(cause)
}

// silent is the fault of a call to Stripe that may be repeated with its key.
func silent(cause error) error {
	return fault.New(fault.Unavailable, fault.ReasonPaymentProcessorUnavailable,
		"The payment processor did not answer; repeat the request with the same key.").With(cause)
}

// ClosePage closes a page that is given up, so that nobody pays by mistake. A page that
// was paid or closed meanwhile is left to its events.
func (w *Worker) ClosePage(ctx context.Context, id string) error {
	p, err := w.Store.PledgeOf(ctx, id)
	if err != nil {
		return err
	}
	if p.Checkout.SessionID == "" {
		return w.Store.CheckoutClosed(ctx, id)
	}
	_, err = w.Pages.ExpireSession(ctx, p.Checkout.SessionID, "expire/"+id)
	switch {
	case err == nil, errors.Is(err, stripeapi.ErrRefused), errors.Is(err, stripeapi.ErrNotFound):
		if err := w.Store.ForgetAgain(ctx, p.ID); err != nil {
			return err
		}
		return w.Store.CheckoutClosed(ctx, id)
	default:
		return silent(err)
	}
}
