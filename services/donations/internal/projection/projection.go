// Package projection reads a payment's objects at Stripe again and writes down
// what they say. Events only tell that there may be something to read.
package projection

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Waits before a page of which nothing final is known is read again.
const (
	openWait       = 5 * time.Minute // after the page's end
	processingWait = time.Hour
)

// Objects are Stripe's objects that are read.
type Objects interface {
	// GetCheckoutSession reads a payment page.
	GetCheckoutSession(ctx context.Context, id string) (stripeapi.Session, error)
	// GetPaymentIntent reads a payment with its latest charge and what was
	// credited for it.
	GetPaymentIntent(ctx context.Context, id string) (stripeapi.PaymentIntent, error)
	// GetCharge reads a charge.
	GetCharge(ctx context.Context, id string) (stripeapi.Charge, error)
}

// Projector reads and writes down.
type Projector struct {
	store       *store.Store
	objects     Objects
	log         *slog.Logger
	now         func() time.Time
	development bool
}

// New returns a projector; in development gifts clear at once.
func New(s *store.Store, objects Objects, log *slog.Logger, now func() time.Time, development bool) *Projector {
	return &Projector{store: s, objects: objects, log: log, now: now, development: development}
}

// Event handles one stored event.
func (p *Projector) Event(ctx context.Context, id string) error {
	e, err := p.store.OwedEvent(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // handled by another run
	}
	if err != nil {
		return err
	}
	action, reason := event.Judge(e.Type)
	if action == event.Reread {
		if reason, err = p.follow(ctx, e); err != nil {
			return err
		}
		if reason != "" {
			action = event.Keep
		}
	}
	if action == event.Keep {
		p.log.WarnContext(ctx, "event kept: it asks for something that is not done yet", "event", e.ID, "type", e.Type, "reason", reason)
	}
	return p.store.SettleEvent(ctx, id, action, reason)
}

// follow reads what an event is about. A reason says that it cannot be acted on.
func (p *Projector) follow(ctx context.Context, e event.Event) (reason string, err error) {
	intent := e.IntentID
	if intent == "" && e.SessionID == "" && e.ChargeID != "" {
		charge, err := p.objects.GetCharge(ctx, e.ChargeID)
		if err != nil {
			return unreadable(err)
		}
		intent = charge.PaymentIntentID
	}
	if intent != "" {
		received, err := p.store.Received(ctx, intent)
		if err != nil || received {
			return "", err // money that was received stays received
		}
	}
	switch {
	case e.SessionID != "":
		return p.page(ctx, e.SessionID)
	case intent != "":
		_, reason, err := p.payment(ctx, intent)
		return reason, err
	default:
		return event.UnknownPayment, nil
	}
}

// page reads a payment page and the payment behind it.
func (p *Projector) page(ctx context.Context, sessionID string) (reason string, err error) {
	s, err := p.objects.GetCheckoutSession(ctx, sessionID)
	if err != nil {
		return unreadable(err)
	}
	if s.Reference == "" {
		return event.UnknownPayment, nil
	}
	if s.PaymentIntentID != "" {
		if _, reason, err = p.payment(ctx, s.PaymentIntentID); err != nil || reason != "" {
			return reason, err
		}
	}
	if s.Status != "expired" {
		return "", nil
	}
	err = p.store.CheckoutExpired(ctx, s.Reference)
	if fault.OfKind(err, fault.NotFound) {
		return event.UnknownPayment, nil
	}
	return "", err
}

// payment reads a payment and records what it says.
func (p *Projector) payment(ctx context.Context, intentID string) (state donation.State, reason string, err error) {
	pi, err := p.objects.GetPaymentIntent(ctx, intentID)
	if err != nil {
		reason, err = unreadable(err)
		return 0, reason, err
	}
	r, err := read(pi)
	if err == nil {
		err = p.store.Record(ctx, r, p.clearsAt(r))
	}
	if fault.Is(err, event.UnknownPayment) || fault.Is(err, event.AmountDiffers) {
		return 0, fault.As(err).Reason, nil
	}
	return r.State, "", err
}

func (p *Projector) clearsAt(r donation.Reading) time.Time {
	if r.Settled == nil {
		return time.Time{}
	}
	return donation.ClearsAt(r.Settled.ReceivedOn, p.development)
}

// unreadable says what a failed read means: an object that is not ours is kept,
// everything else is tried again.
func unreadable(err error) (reason string, _ error) {
	if errors.Is(err, stripeapi.ErrNotFound) {
		return event.UnknownPayment, nil
	}
	return "", fault.New(fault.Unavailable, "PAYMENT_PROCESSOR_UNAVAILABLE", "The payment processor did not answer.").With(err)
}
