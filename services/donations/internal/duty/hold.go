package duty

import (
	"context"
	"errors"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Holds are Stripe's calls about money that a card holds.
type Holds interface {
	// CapturePayment takes it.
	CapturePayment(ctx context.Context, intentID, idempotencyKey string) (stripeapi.PaymentIntent, error)
	// ReleasePayment gives it back.
	ReleasePayment(ctx context.Context, intentID, idempotencyKey string) error
}

// decide takes the money that a payment holds, or gives it back where its card must not
// give, and returns what the payment says then. What fits no pledge is left as it is:
// Stripe gives it back after a week.
func (w *Worker) decide(ctx context.Context, pi stripeapi.PaymentIntent) (donation.Reading, error) {
	p, err := w.Store.Pledge(ctx, store.Everything, pi.Reference)
	switch {
	case fault.OfKind(err, fault.NotFound):
		return donation.Reading{}, fault.New(fault.Precondition, fault.ReasonUnknownPayment, "The payment belongs to no pledge.")
	case err != nil:
		return donation.Reading{}, err
	case pi.Amount != p.Charge():
		return donation.Reading{}, fault.New(fault.Precondition, fault.ReasonAmountDiffers, "The payment is not of the pledge's amount.")
	}
	failure := donation.CountryUnknown
	if pi.LatestCharge != nil {
		policy, err := w.policy(ctx)
		if err != nil {
			return donation.Reading{}, err
		}
		failure = donation.Judge(pi.LatestCharge.CardCountry, policy.Blocked)
	}
	if failure == donation.NoFailure {
		pi, err = w.capture(ctx, pi.ID)
		if err != nil {
			return donation.Reading{}, err
		}
		return read(pi)
	}
	return w.release(ctx, pi, failure)
}

// capture takes held money. Stripe takes it once, whatever the keys are: so the key
// changes each hour, and a failure that Stripe remembers for it does not last.
func (w *Worker) capture(ctx context.Context, id string) (stripeapi.PaymentIntent, error) {
	pi, err := w.Holds.CapturePayment(ctx, id, "capture/"+id+w.hour())
	if errors.Is(err, stripeapi.ErrRefused) { // by another run, or given back
		pi, err = w.Objects.GetPaymentIntent(ctx, id)
	}
	if err != nil {
		_, err = unreadable(err)
	}
	return pi, err
}

// release says why money is not taken, before it is given back: nobody can say so later.
func (w *Worker) release(ctx context.Context, pi stripeapi.PaymentIntent, why donation.Failure) (donation.Reading, error) {
	r, err := read(pi)
	if err != nil {
		return r, err
	}
	r.State, r.Failure = donation.Failed, why
	if err := w.record(ctx, r); err != nil {
		return r, err
	}
	if err := w.Holds.ReleasePayment(ctx, pi.ID, "release/"+pi.ID+w.hour()); err != nil && !errors.Is(err, stripeapi.ErrRefused) {
		_, err = unreadable(err)
		return r, err
	}
	return r, nil
}

func (w *Worker) hour() string { return w.now().Format("/2006010215") }
