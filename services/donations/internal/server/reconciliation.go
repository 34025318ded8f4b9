package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Holdings knows what Stripe held for us before a time.
type Holdings interface {
	BalanceAt(ctx context.Context, before time.Time) ([]money.Amount, error)
}

// GetStripeBalance asks Stripe for its balance at the end of a day.
func (s *Server) GetStripeBalance(ctx context.Context, req *donationsv1.GetStripeBalanceRequest) (*donationsv1.GetStripeBalanceResponse, error) {
	day, err := rpc.ParseDay("day", req.GetDay())
	if err != nil {
		return nil, err
	}
	end := day.AddDate(0, 0, 1)
	if end.After(s.now()) {
		return nil, fault.Field("day", fault.FieldInTheFuture, "must be before today (UTC)")
	}
	held, err := s.Holdings.BalanceAt(ctx, end)
	if err != nil {
		return nil, stripeAway(err)
	}
	resp := &donationsv1.GetStripeBalanceResponse{}
	for _, a := range held {
		resp.Balances = append(resp.Balances, rpc.MoneyOf(a))
	}
	return resp, nil
}

// stripeAway tells apart a Stripe that may answer later.
func stripeAway(err error) error {
	if errors.Is(err, stripeapi.ErrUnknown) || errors.Is(err, stripeapi.ErrMoving) {
		return fault.New(fault.Unavailable, fault.ReasonStripeUnavailable, "Stripe does not answer, or money moves there just now; try again.").With(err)
	}
	return fmt.Errorf("ask Stripe for its balance: %w", err)
}
