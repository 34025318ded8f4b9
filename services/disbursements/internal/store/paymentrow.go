package store

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// paymentRow is a row of payments, with its MAC.
type paymentRow struct {
	payment.Payment
	MAC []byte `db:"mac"`
}

const paymentRows = `SELECT ` + paymentFields + `, y.mac FROM payments y `

// signedPayment is what the MAC of a payment covers: whom it pays what, in which plan,
// and out of which awards. That never changes. Where it stands is not in it: no money
// moves by that, but by its attempts, whose MACs cover theirs.
func signedPayment(y payment.Payment) *rowmac.Row {
	r := rowmac.NewRow("payments", y.ID, 1).Text(y.PlanID).Text(y.Family).Text(y.Currency).Number(y.Minor).Number(int64(len(y.Shares)))
	for _, sh := range y.Shares {
		r.Text(sh.Award).Number(sh.Minor)
	}
	return r
}

// ownPayment reads one payment with its shares, which no other hand has changed; where is
// what follows the columns.
func (s *Store) ownPayment(ctx context.Context, q postgres.Querier, where string, args ...any) (payment.Payment, error) {
	row, err := one[paymentRow](ctx, q, "payment", paymentRows+where, args...)
	if err != nil {
		return row.Payment, err
	}
	list := []payment.Payment{row.Payment}
	if err := addShares(ctx, q, list); err != nil {
		return row.Payment, err
	}
	return list[0], s.rows.Check(ctx, signedPayment(list[0]), row.MAC)
}
