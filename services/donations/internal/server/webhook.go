package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
)

// Receiver takes Stripe's events in.
type Receiver interface {
	// Receive verifies and stores an event.
	Receive(ctx context.Context, payload []byte, signature string) error
}

// ReceiveStripeEvent verifies and stores an event of Stripe.
func (s *Server) ReceiveStripeEvent(ctx context.Context, req *donationsv1.ReceiveStripeEventRequest) (*donationsv1.ReceiveStripeEventResponse, error) {
	if err := s.Events.Receive(ctx, req.GetPayload(), req.GetSignature()); err != nil {
		return nil, err
	}
	return &donationsv1.ReceiveStripeEventResponse{}, nil
}
