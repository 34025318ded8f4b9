package server_test

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// forget has nothing recognised: each copy of an event is another one, and so is each
// reading of a movement of the balance.
func (s *storm) forget() {
	again := &anew{Client: s.client}
	s.worker.Objects, s.worker.Refunds, s.worker.Lists = again, again, again
	s.anew = true
}

// anew is a Stripe that calls each movement of its balance something else each time.
type anew struct {
	*stripeapi.Client
	n int
}

var (
	_ duty.Objects = (*anew)(nil)
	_ duty.Refunds = (*anew)(nil)
	_ duty.Lists   = (*anew)(nil)
)

func (a *anew) rename(b *stripeapi.BalanceTransaction) {
	if b != nil {
		a.n++
		b.ID = fmt.Sprintf("%s_%d", b.ID, a.n)
	}
}

// GetRefund reads a refund.
func (a *anew) GetRefund(ctx context.Context, id string) (stripeapi.Refund, error) {
	r, err := a.Client.GetRefund(ctx, id)
	a.rename(r.Balance)
	a.rename(r.Failure)
	return r, err
}

// GetDispute reads a dispute.
func (a *anew) GetDispute(ctx context.Context, id string) (stripeapi.Dispute, error) {
	d, err := a.Client.GetDispute(ctx, id)
	for i := range d.Balances {
		a.rename(&d.Balances[i])
	}
	return d, err
}

// GetPayout reads a payout.
func (a *anew) GetPayout(ctx context.Context, id string) (stripeapi.Payout, error) {
	p, err := a.Client.GetPayout(ctx, id)
	a.rename(p.Balance)
	a.rename(p.Failure)
	return p, err
}

// ListRefunds reads the refunds of a charge.
func (a *anew) ListRefunds(ctx context.Context, chargeID string, visit func(stripeapi.Refund) error) error {
	return a.Client.ListRefunds(ctx, chargeID, func(r stripeapi.Refund) error {
		a.rename(r.Balance)
		a.rename(r.Failure)
		return visit(r)
	})
}
