package duty

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// dispute reads a dispute again, and what it did to the balance.
func (w *Worker) dispute(ctx context.Context, id string) (reason string, err error) {
	x, err := w.Objects.GetDispute(ctx, id)
	if err != nil {
		return unreadable(err)
	}
	var known dispute.Dispute
	err = w.after(ctx, x.ChargeID, func() (err error) {
		known, err = w.Store.RecordDispute(ctx, dispute.Reading{StripeID: x.ID, State: dispute.Of(x.Status), Amount: x.Amount, Charge: x.ChargeID})
		return err
	})
	if fault.OfKind(err, fault.NotFound) {
		for _, b := range x.Balances {
			if err := w.suspend(ctx, event.UnknownPayment, &b); err != nil {
				return "", err
			}
		}
		return event.UnknownPayment, nil
	}
	if err != nil {
		return "", err
	}
	for _, b := range x.Balances {
		entry := movement.Dispute
		if b.Net.MinorUnits > 0 {
			entry = movement.DisputeWon
		}
		if err := w.moved(ctx, &b, entry, movement.Subject{Donation: known.Donation, Dispute: known.ID}); err != nil {
			return "", err
		}
	}
	return "", nil
}

// warning reads an early fraud warning again: its gift is in question.
func (w *Worker) warning(ctx context.Context, id string) (reason string, err error) {
	x, err := w.Objects.GetWarning(ctx, id)
	if err != nil {
		return unreadable(err)
	}
	err = w.after(ctx, x.ChargeID, func() error { return w.Store.RecordWarning(ctx, x.ChargeID, x.ID, x.Actionable, x.Created) })
	if fault.OfKind(err, fault.NotFound) {
		return event.UnknownPayment, nil
	}
	return "", err
}
