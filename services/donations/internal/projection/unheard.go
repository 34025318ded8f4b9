package projection

import (
	"context"
	"errors"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// Unheard reads the page of a pledge of which no event told the end, so that a
// lost event costs a day and not a gift.
func (p *Projector) Unheard(ctx context.Context, pledgeID string) error {
	g, err := p.store.Pledge(ctx, store.Everything, pledgeID)
	if err != nil || g.Checkout.SessionID == "" {
		return err
	}
	s, err := p.objects.GetCheckoutSession(ctx, g.Checkout.SessionID)
	if errors.Is(err, stripeapi.ErrNotFound) {
		return p.store.CheckoutExpired(ctx, pledgeID)
	}
	if err != nil {
		_, err = unreadable(err)
		return err
	}
	state, reason := donation.Pending, ""
	if s.PaymentIntentID != "" {
		if state, reason, err = p.payment(ctx, s.PaymentIntentID); err != nil {
			return err
		}
	}
	switch {
	case state == donation.Succeeded:
		return nil
	case s.Status == "expired", s.Status == "complete" && state == donation.Failed:
		return p.store.CheckoutExpired(ctx, pledgeID)
	case s.Status == "open":
		return p.store.RereadLater(ctx, pledgeID, s.ExpiresAt.Add(openWait))
	case reason == event.AmountDiffers || reason == event.UnknownPayment:
		p.log.ErrorContext(ctx, "payment of a page does not fit its pledge", "pledge", pledgeID, "reason", reason)
	}
	return p.store.RereadLater(ctx, pledgeID, p.now().UTC().Add(processingWait))
}
