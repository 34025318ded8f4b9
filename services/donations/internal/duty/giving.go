package duty

import (
	"context"
	"errors"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Givings are Stripe's calls for those who give again and again.
type Givings interface {
	// GetSaved reads what a page has saved.
	GetSaved(ctx context.Context, setupIntentID string) (stripeapi.Saved, error)
	// ForgetCard takes a card away from its customer.
	ForgetCard(ctx context.Context, methodID string) error
	// DeleteCustomer forgets somebody, their cards, and ends what they give.
	DeleteCustomer(ctx context.Context, id string) error
	// FindSubscription returns a customer's subscription that goes on.
	FindSubscription(ctx context.Context, customer string) (stripeapi.Subscription, error)
	// GetSubscription reads a subscription.
	GetSubscription(ctx context.Context, id string) (stripeapi.Subscription, error)
	// CreateSubscription begins one.
	CreateSubscription(ctx context.Context, t stripeapi.Terms, idempotencyKey string) (stripeapi.Subscription, error)
	// UpdateSubscription makes one what it has to be.
	UpdateSubscription(ctx context.Context, id string, t stripeapi.Terms) (stripeapi.Subscription, error)
	// CancelSubscription ends one.
	CancelSubscription(ctx context.Context, id string) error
	// GetInvoice reads what asks for a payment.
	GetInvoice(ctx context.Context, id string) (stripeapi.Invoice, error)
}

// Give tells Stripe how a recurring pledge is paid from now on, if that is still owed.
func (w *Worker) Give(ctx context.Context, id string) error {
	p, err := w.Store.OwedGiving(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // told by another run
	}
	if err != nil {
		return err
	}
	made, err := w.tell(ctx, p)
	if err == nil && p.Giving.OldMethod != "" {
		err = w.Givings.ForgetCard(ctx, p.Giving.OldMethod)
	}
	if err != nil {
		return silent(err)
	}
	return w.Store.Told(ctx, p.ID, p.Giving.Version, made.ID, made.NextAt)
}

// tell makes the subscription what it has to be. One that was made before and not
// recorded is found by its customer, whenever that was.
func (w *Worker) tell(ctx context.Context, p pledge.Pledge) (s stripeapi.Subscription, err error) {
	id := p.Giving.Subscription
	if id == "" {
		s, err = w.Givings.FindSubscription(ctx, p.Giving.Customer)
		if id = s.ID; err != nil && !errors.Is(err, stripeapi.ErrNotFound) {
			return s, err
		}
	}
	switch terms := termsOf(p); {
	case p.State.Ended() && id == "":
		return stripeapi.Subscription{}, w.Givings.ForgetCard(ctx, p.Giving.Method)
	case p.State.Ended():
		return stripeapi.Subscription{ID: id}, w.Givings.CancelSubscription(ctx, id)
	case id == "":
		return w.Givings.CreateSubscription(ctx, terms, "subscription/"+p.ID)
	default:
		return w.Givings.UpdateSubscription(ctx, id, terms)
	}
}

func termsOf(p pledge.Pledge) stripeapi.Terms {
	return stripeapi.Terms{
		Reference: p.ID, Customer: p.Giving.Customer, Method: p.Giving.Method, Amount: p.Charge(), Yearly: p.Recurrence == pledge.Yearly,
		Paused: p.State == pledge.Paused, PausedUntil: p.Giving.PausedUntil, MoveTo: p.Giving.MoveTo,
	}
}

// saved reads what a page has saved. A card that must not give is forgotten, and so is
// one of a pledge that has ended meanwhile.
func (w *Worker) saved(ctx context.Context, s stripeapi.Session) (reason string, err error) {
	card, err := w.Givings.GetSaved(ctx, s.SetupIntentID)
	if err != nil {
		return unreadable(err)
	}
	policy, err := w.policy(ctx)
	if err != nil {
		return "", err
	}
	failure, ended := donation.Judge(card.CardCountry, policy.Blocked), false
	if failure == donation.NoFailure {
		ended, err = w.Store.CardSaved(ctx, s.Reference, s.ID, store.Card{Customer: card.Customer, Method: card.Method})
	} else {
		err = w.Store.CardRefused(ctx, s.Reference, s.ID, failure)
	}
	if fault.OfKind(err, fault.NotFound) {
		return event.UnknownPayment, nil
	}
	if err != nil || failure == donation.NoFailure && !ended {
		return "", err
	}
	if err := w.Givings.ForgetCard(ctx, card.Method); err != nil {
		return "", silent(err)
	}
	return "", nil
}

// invoice reads what asks for a payment, and the payment.
func (w *Worker) invoice(ctx context.Context, id string) (reason string, err error) {
	in, err := w.Givings.GetInvoice(ctx, id)
	if err != nil {
		return unreadable(err)
	}
	if in.Reference == "" {
		return event.UnknownPayment, nil
	}
	if in.PaymentIntentID != "" {
		if _, reason, err = w.payment(ctx, in.PaymentIntentID, ""); err != nil || reason != "" {
			return reason, err
		}
	}
	trouble := pledge.NoTrouble
	switch {
	case in.Unpaid && in.Asks:
		trouble = pledge.ActionRequired
	case in.Unpaid:
		trouble = pledge.Failed
	}
	err = w.Store.Invoiced(ctx, in.Reference, in.Created, trouble, in.PayURL)
	if fault.Is(err, fault.ReasonUnknownPayment) {
		return event.UnknownPayment, nil
	}
	return "", err
}

// subscription reads how a recurring pledge goes on.
func (w *Worker) subscription(ctx context.Context, id string) (reason string, err error) {
	s, err := w.Givings.GetSubscription(ctx, id)
	if err != nil {
		return unreadable(err)
	}
	if s.Reference == "" {
		return event.UnknownPayment, nil
	}
	return "", w.Store.SubscriptionRead(ctx, s.Reference, store.Subscribed{ID: s.ID, Ended: s.Ended, Failed: s.Failed, Paused: s.Paused, NextAt: s.NextAt})
}

// referenceOf is the reference of a payment: its own, or that of the subscription whose
// invoice it pays.
func (w *Worker) referenceOf(ctx context.Context, pi stripeapi.PaymentIntent) (string, error) {
	if pi.Reference != "" || pi.InvoiceID == "" {
		return pi.Reference, nil
	}
	in, err := w.Givings.GetInvoice(ctx, pi.InvoiceID)
	if err != nil {
		_, err = unreadable(err)
	}
	return in.Reference, err
}
