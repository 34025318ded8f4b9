package duty

import (
	"context"
	"errors"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// Waits before a page without a final state is read again.
const (
	openWait       = 5 * time.Minute // after the page's end
	processingWait = time.Hour
)

// ReadPage reads the page of a pledge whose end no event has told, so that a lost
// event costs a day and not a gift.
func (w *Worker) ReadPage(ctx context.Context, pledgeID string) error {
	g, err := w.Store.Pledge(ctx, store.Everything, pledgeID)
	if err != nil || g.Checkout.SessionID == "" {
		return err
	}
	s, err := w.Objects.GetCheckoutSession(ctx, g.Checkout.SessionID)
	if errors.Is(err, stripeapi.ErrNotFound) {
		return w.Store.CheckoutExpired(ctx, pledgeID)
	}
	if err != nil {
		_, err = unreadable(err)
		return err
	}
	state, reason := donation.Pending, ""
	if s.PaymentIntentID != "" {
		if state, reason, err = w.payment(ctx, s.PaymentIntentID); err != nil {
			return err
		}
	}
	switch {
	case state == donation.Succeeded:
		return nil
	case s.Status == "expired", s.Status == "complete" && state == donation.Failed:
		return w.Store.CheckoutExpired(ctx, pledgeID)
	case s.Status == "open":
		return w.Store.RereadLater(ctx, pledgeID, s.ExpiresAt.Add(openWait))
	case reason == event.AmountDiffers || reason == event.UnknownPayment:
		w.Log.ErrorContext(ctx, "payment of a page does not fit its pledge", "pledge", pledgeID, "reason", reason)
	}
	return w.Store.RereadLater(ctx, pledgeID, w.now().Add(processingWait))
}
