package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
)

// Door takes Stripe's events in.
type Door interface {
	// Receive verifies and keeps an event.
	Receive(ctx context.Context, payload []byte, signature string) error
}

var _ donationsv1.WebhookServiceServer = (*Webhooks)(nil)

// Webhooks serves WebhookService.
type Webhooks struct{ door Door }

// ReceiveStripeEvent verifies and keeps an event of Stripe.
func (s *Webhooks) ReceiveStripeEvent(ctx context.Context, req *donationsv1.ReceiveStripeEventRequest) (*donationsv1.ReceiveStripeEventResponse, error) {
	if err := s.door.Receive(ctx, req.GetPayload(), req.GetSignature()); err != nil {
		return nil, err
	}
	return &donationsv1.ReceiveStripeEventResponse{}, nil
}
