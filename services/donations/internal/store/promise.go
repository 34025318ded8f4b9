package store

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// signedPledge is a pledge with the MAC of what was promised.
type signedPledge struct {
	pledge.Pledge
	mac []byte
}

// promised is what the MAC of a pledge covers: what the donor was shown, and where the
// money goes. It changes with the version. The state is not in it: that is a projection of what
// Stripe says, and is read there again.
func promised(p pledge.Pledge) *rowmac.Row {
	r := rowmac.NewRow("pledges", p.ID, p.Version).Text(p.Partner).Text(string(p.Recurrence)).Text(p.Amount.Currency).Number(p.Amount.MinorUnits).Number(p.Tip).
		Text(p.ReturnURL).Bytes(p.ReceiptSHA256).Number(int64(len(p.Designations)))
	for _, d := range p.Designations {
		r.Text(d.Fund).Number(d.Share).Number(d.Amount).
			Flag(d.Terms.PromisesFull).Number(d.Terms.ReserveShare).Number(d.Terms.OperationsShare)
	}
	return r
}

// kept refuses a pledge whose promise another hand has changed.
func (s *Store) kept(ctx context.Context, p signedPledge) error {
	return s.rows.Check(ctx, promised(p.Pledge), p.mac)
}
