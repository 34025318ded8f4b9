package duty

import (
	"context"
	"errors"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
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
	// GetRefund, GetDispute, GetWarning and GetPayout read what these are called.
	GetRefund(ctx context.Context, id string) (stripeapi.Refund, error)
	GetDispute(ctx context.Context, id string) (stripeapi.Dispute, error)
	GetWarning(ctx context.Context, id string) (stripeapi.Warning, error)
	GetPayout(ctx context.Context, id string) (stripeapi.Payout, error)
}

// Event handles one stored event: it reads the payment's objects at Stripe again
// and records what they say. The event itself only tells that there may be
// something to read.
func (w *Worker) Event(ctx context.Context, id string) error {
	e, err := w.Store.OwedEvent(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // handled by another run
	}
	if err != nil {
		return err
	}
	if e.OfPayment() && e.Payment != "" {
		// Stripe tells of one payment in many ways at once: whoever reads it first has told all.
		defer w.payments.take(e.Payment)()
		if e, err = w.Store.OwedEvent(ctx, id); fault.OfKind(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return w.handle(ctx, e)
}

// handle handles an event that is owed.
func (w *Worker) handle(ctx context.Context, e event.Event) (err error) {
	state, reason := event.Judge(e.Type)
	switch state {
	case event.Handled:
		if reason, err = w.follow(ctx, e); err == nil && reason != "" {
			state = event.Kept // what money it has brought stands in suspense
		}
	case event.Kept:
		err = w.keep(ctx, e, reason)
	}
	if err != nil {
		return err
	}
	if state == event.Kept {
		w.Log.WarnContext(ctx, "event kept: no rule explains it", "event", e.ID, "type", e.Type, "reason", reason)
	}
	return w.Store.SettleEvent(ctx, e.ID, state, reason)
}

// keep has an event that no rule knows wait for people. What it has done to the balance is
// looked for at once.
func (w *Worker) keep(ctx context.Context, e event.Event, reason string) error {
	if err := w.Store.AddItem(ctx, reason, e.ID, e.OccurredAt); err != nil {
		return err
	}
	return w.Store.OweSweeps(ctx, true)
}

// reader reads an object of its kind again and records what it says. A reason says
// that it cannot be acted on.
type reader func(ctx context.Context, id string) (reason string, err error)

// reader returns that of a kind, nil for a kind that has none.
func (w *Worker) reader(kind string) reader {
	return map[string]reader{
		event.CheckoutSession: w.page, event.PaymentIntent: w.intent, event.Charge: w.charge,
		event.Refund: w.refund, event.Dispute: w.dispute, event.Warning: w.warning, event.Payout: w.payout,
		event.Invoice: w.invoice, event.Subscription: w.subscription,
	}[kind]
}

// follow reads what an event is about, unless it is of a payment whose money is
// recorded: what was received stays received.
func (w *Worker) follow(ctx context.Context, e event.Event) (reason string, err error) {
	o := e.Object
	read := w.reader(o.Kind)
	switch {
	case read == nil:
		return event.UnknownType, w.keep(ctx, e, event.UnknownType)
	case e.Type == event.ChargeRefunded:
		return w.refundsOf(ctx, o.ID)
	}
	if e.OfPayment() {
		received, err := w.Store.Received(ctx, o.ID)
		if err != nil || received {
			return "", err
		}
	}
	switch {
	case !e.OfPayment() || e.Payment == "":
		return read(ctx, o.ID)
	case o.Kind != event.CheckoutSession:
		return w.intent(ctx, e.Payment)
	}
	state, _, err := w.payment(ctx, e.Payment, o.ID)
	if err != nil || state == donation.Succeeded {
		return "", err
	}
	return read(ctx, o.ID) // which may have ended without a payment
}

// charge finds the payment that a charge belongs to, and reads it.
func (w *Worker) charge(ctx context.Context, id string) (reason string, err error) {
	c, err := w.Objects.GetCharge(ctx, id)
	if err != nil {
		return unreadable(err)
	}
	if c.PaymentIntentID == "" {
		return event.UnknownPayment, nil
	}
	return w.intent(ctx, c.PaymentIntentID)
}

// after records what has become of a charge. Where no donation has it yet, its payment is
// read first: what has come back may be told before what was given.
func (w *Worker) after(ctx context.Context, chargeID string, record func() error) error {
	err := record()
	if !fault.OfKind(err, fault.NotFound) {
		return err
	}
	if _, err := w.charge(ctx, chargeID); err != nil {
		return err
	}
	return record()
}

// intent reads a payment.
func (w *Worker) intent(ctx context.Context, id string) (reason string, err error) {
	_, reason, err = w.payment(ctx, id, "")
	return reason, err
}

// page reads a payment page and the payment behind it.
func (w *Worker) page(ctx context.Context, sessionID string) (reason string, err error) {
	s, err := w.Objects.GetCheckoutSession(ctx, sessionID)
	if err != nil {
		return unreadable(err)
	}
	if s.Reference == "" {
		return event.UnknownPayment, nil
	}
	if s.SetupIntentID != "" && s.Status == "complete" {
		return w.saved(ctx, s)
	}
	state := donation.Pending
	if s.PaymentIntentID != "" {
		if state, reason, err = w.payment(ctx, s.PaymentIntentID, s.ID); err != nil || reason != "" {
			return reason, err
		}
	}
	if !over(s, state) {
		return "", nil
	}
	err = w.Store.SessionExpired(ctx, s.Reference, s.ID)
	if fault.OfKind(err, fault.NotFound) {
		return event.UnknownPayment, nil
	}
	return "", err
}

// over reports whether nobody can pay on a page any more, and nobody has.
func over(s stripeapi.Session, state donation.State) bool {
	return s.Status == "expired" || s.Status == "complete" && state == donation.Failed
}

// payment reads a payment, made on a page where that is known, and records what it says.
func (w *Worker) payment(ctx context.Context, intentID, sessionID string) (state donation.State, why string, err error) {
	pi, err := w.Objects.GetPaymentIntent(ctx, intentID)
	if err != nil {
		why, err = unreadable(err)
		return "", why, err
	}
	if pi.Reference, err = w.referenceOf(ctx, pi); err != nil {
		return "", "", err
	}
	r, err := w.readingOf(ctx, pi)
	if r.Session = sessionID; err == nil {
		err = w.record(ctx, r)
	}
	if !fault.Is(err, fault.ReasonUnknownPayment) && !fault.Is(err, fault.ReasonAmountDiffers) {
		return r.State, "", err
	}
	why = string(fault.As(err).Reason)
	if r.State != donation.Succeeded {
		return "", why, nil // it has brought no money
	}
	return "", why, w.suspend(ctx, why, pi.LatestCharge.Balance)
}

// readingOf says what a payment's objects mean, after deciding about money that is held.
func (w *Worker) readingOf(ctx context.Context, pi stripeapi.PaymentIntent) (donation.Reading, error) {
	if pi.Status == stripeapi.Held {
		return w.decide(ctx, pi)
	}
	return read(pi)
}

// record records what a payment says, and when what it brought clears.
func (w *Worker) record(ctx context.Context, r donation.Reading) error {
	clears, err := w.clearsAt(ctx, r)
	if err != nil {
		return err
	}
	return w.Store.Record(ctx, r, clears)
}

// clearsAt is when a gift becomes available: at once in development, otherwise by the
// policy.
func (w *Worker) clearsAt(ctx context.Context, r donation.Reading) (time.Time, error) {
	if r.Settled == nil {
		return time.Time{}, nil
	}
	if w.NoDelays {
		return r.Settled.ReceivedOn, nil
	}
	p, err := w.policy(ctx)
	if err != nil {
		return time.Time{}, err
	}
	since, err := w.Store.PartnerSince(ctx, r.Pledge)
	return p.ClearsAt(rules.Gift{ReceivedOn: r.Settled.ReceivedOn, Gross: r.Settled.Gross, PartnerSince: since}), err
}

// unreadable says what a failed read means: an object that is not ours is a
// reason, everything else is tried again.
func unreadable(err error) (why string, _ error) {
	if errors.Is(err, stripeapi.ErrNotFound) {
		return event.UnknownPayment, nil
	}
	return "", fault.New(fault.Unavailable, fault.ReasonPaymentProcessorUnavailable, "The payment processor did not answer.").With(err)
}
