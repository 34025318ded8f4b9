package duty

import (
	"context"
	"errors"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// Waits before a page without a final state is read again.
const (
	openWait       = 5 * time.Minute // after the page's end
	processingWait = time.Hour
)

// ReadPage reads a page whose end no event has told, so that a lost event costs a day
// and not a gift.
func (w *Worker) ReadPage(ctx context.Context, id string) error {
	g, err := w.Store.PledgeOf(ctx, id)
	if err != nil || g.Checkout.SessionID == "" {
		return err
	}
	s, err := w.Objects.GetCheckoutSession(ctx, g.Checkout.SessionID)
	if errors.Is(err, stripeapi.ErrNotFound) {
		return w.Store.CheckoutExpired(ctx, id)
	}
	if err != nil {
		_, err = unreadable(err)
		return err
	}
	if s.SetupIntentID != "" && s.Status == "complete" {
		_, err := w.saved(ctx, s)
		return err
	}
	state, reason := donation.Pending, ""
	if s.PaymentIntentID != "" {
		if state, reason, err = w.payment(ctx, s.PaymentIntentID, s.ID); err != nil {
			return err
		}
	}
	switch {
	case state == donation.Succeeded:
		return nil
	case over(s, state):
		return w.Store.CheckoutExpired(ctx, id)
	case s.Status == "open":
		return w.Store.RereadLater(ctx, id, s.ExpiresAt.Add(openWait))
	case reason == event.AmountDiffers || reason == event.UnknownPayment:
		w.Log.ErrorContext(ctx, "payment of a page does not fit its pledge", "pledge", g.ID, "reason", reason)
	}
	return w.Store.RereadLater(ctx, id, w.now().Add(processingWait))
}
