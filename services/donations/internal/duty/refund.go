package duty

import (
	"context"
	"errors"
	"fmt"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// repeatFor is how long a call to Stripe may be repeated with its key: Stripe forgets keys
// after 24 hours.
const repeatFor = 20 * time.Hour

// Refunds are Stripe's calls about refunds.
type Refunds interface {
	// CreateRefund asks for a refund; the same key gives the same one.
	CreateRefund(ctx context.Context, r stripeapi.RefundRequest) (stripeapi.Refund, error)
	// ListRefunds visits the refunds of a charge.
	ListRefunds(ctx context.Context, chargeID string, visit func(stripeapi.Refund) error) error
}

// StartRefund sets the money of a refund aside. Where fund and reserve do not hold all of
// it, what waits of the gift itself is set aside alone: the rest is the fee that Stripe has
// kept and keeps, which is booked when it takes the refund. Where nothing waits any more,
// no refund is made.
func (w *Worker) StartRefund(ctx context.Context, id string) error {
	if _, err := w.Store.OwedRefund(ctx, id, store.StartOwed); fault.OfKind(err, fault.NotFound) {
		return nil // started by another run
	} else if err != nil {
		return err
	}
	r, err := w.Store.PrepareRefund(ctx, id)
	if err != nil {
		return err
	}
	err = w.setAside(ctx, r)
	if fault.Is(err, fault.ReasonInsufficientFunds) {
		if r, err = w.Store.ShrinkRefund(ctx, id); err == nil && len(r.Back) > 0 {
			err = w.setAside(ctx, r)
		} else if err == nil {
			return w.Store.RefundRefused(ctx, id, string(fault.ReasonInsufficientFunds))
		}
	}
	if err != nil {
		return fmt.Errorf("start refund %s: %w", id, err)
	}
	return w.Store.RefundStarted(ctx, id)
}

// setAside books that the money of a refund waits for Stripe.
func (w *Worker) setAside(ctx context.Context, r refund.Refund) error {
	draft := posting.RefundStarted(posting.Refund{
		ID: r.ID, Donation: r.Donation, On: rpc.Day(r.CreatedAt), Amount: r.Settled, Funds: fundParts(r.Back, false),
	})
	_, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: one(draft)})
	return err
}

// SendRefund asks Stripe for a refund. After 20 hours it is looked for first: Stripe may
// have made it and forgotten the key.
func (w *Worker) SendRefund(ctx context.Context, id string) error {
	r, err := w.Store.OwedRefund(ctx, id, store.SendOwed)
	if fault.OfKind(err, fault.NotFound) {
		return nil // sent by another run
	}
	if err != nil {
		return err
	}
	d, err := w.Store.Donation(ctx, store.Everything, r.Donation)
	if err != nil {
		return err
	}
	asked, err := w.Store.RefundAsked(ctx, id)
	if err != nil {
		return err
	}
	made, err := w.askedBefore(ctx, d.Payment.ChargeID, r.ID, asked)
	if err == nil && made == nil {
		var fresh stripeapi.Refund
		fresh, err = w.Refunds.CreateRefund(ctx, stripeapi.RefundRequest{
			IdempotencyKey: "refund-" + r.ID, PaymentIntentID: d.Payment.IntentID, Amount: r.Amount, Reference: r.ID,
		})
		made = &fresh
	}
	if errors.Is(err, stripeapi.ErrRefused) || errors.Is(err, stripeapi.ErrNotFound) || errors.Is(err, stripeapi.ErrConflict) {
		w.Log.WarnContext(ctx, "the payment processor does not take a refund", "refund", r.ID, "error", err)
		return w.Store.RefundRefused(ctx, id, string(fault.ReasonPaymentRefused))
	}
	if err != nil {
		return silent(err)
	}
	_, err = w.recordRefund(ctx, *made)
	return err
}

// askedBefore finds a refund that Stripe may have made long ago, nil where it has not, or
// where the call can be repeated with its key.
func (w *Worker) askedBefore(ctx context.Context, chargeID, id string, asked time.Time) (made *stripeapi.Refund, err error) {
	if w.now().Sub(asked) < repeatFor {
		return nil, nil //nolint:nilnil // the key says it
	}
	err = w.Refunds.ListRefunds(ctx, chargeID, func(r stripeapi.Refund) error {
		if r.Reference == id {
			made = &r
		}
		return nil
	})
	return made, err
}

// UndoRefund gives back what was set aside for a refund of which Stripe took nothing.
func (w *Worker) UndoRefund(ctx context.Context, id string) error {
	r, err := w.Store.OwedRefund(ctx, id, store.UndoOwed)
	if fault.OfKind(err, fault.NotFound) {
		return nil // undone by another run
	}
	if err != nil {
		return err
	}
	draft := posting.Reversal(reference.RefundStart(r.ID), resource.Refund.Of(r.Donation, r.ID), rpc.Day(r.CreatedAt))
	if _, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{draft}}); err != nil {
		return fmt.Errorf("undo refund %s: %w", id, err)
	}
	return w.Store.RefundUndone(ctx, id)
}

// refund reads a refund again.
func (w *Worker) refund(ctx context.Context, id string) (reason string, err error) {
	r, err := w.Objects.GetRefund(ctx, id)
	if err != nil {
		return unreadable(err)
	}
	return w.recordRefund(ctx, r)
}

// refundsOf reads all refunds of a charge again.
func (w *Worker) refundsOf(ctx context.Context, chargeID string) (reason string, err error) {
	err = w.Refunds.ListRefunds(ctx, chargeID, func(r stripeapi.Refund) error {
		why, err := w.recordRefund(ctx, r)
		if why != "" {
			reason = why
		}
		return err
	})
	if errors.Is(err, stripeapi.ErrNotFound) || errors.Is(err, stripeapi.ErrUnknown) {
		return unreadable(err)
	}
	return reason, err
}

// recordRefund records what a refund says, and what it did to the balance.
func (w *Worker) recordRefund(ctx context.Context, r stripeapi.Refund) (reason string, err error) {
	var known refund.Refund
	err = w.after(ctx, r.ChargeID, func() (err error) {
		known, err = w.Store.RecordRefund(ctx, refund.Reading{
			StripeID: r.ID, Reference: r.Reference, State: refund.Of(r.Status), Amount: r.Amount, Charge: r.ChargeID, Intent: r.PaymentIntentID,
			Moved: r.Balance != nil, Reason: movement.Reason(r.FailureReason, ""),
		})
		return err
	})
	about, took := movement.Subject{Donation: known.Donation, Refund: known.ID}, movement.Refund
	switch {
	case fault.OfKind(err, fault.NotFound):
		return event.UnknownPayment, w.suspend(ctx, event.UnknownPayment, r.Balance, r.Failure)
	case err != nil:
		return "", err
	case known.Origin == refund.Stripe:
		took = movement.Taking
	}
	if err := w.moved(ctx, r.Balance, took, about); err != nil {
		return "", err
	}
	return "", w.moved(ctx, r.Failure, movement.RefundFailed, about)
}
