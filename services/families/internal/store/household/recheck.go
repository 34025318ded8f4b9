package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Released names an attempt for which a destination was handed out.
type Released struct {
	Payment string
	Attempt int32
}

// Recheck reports, as a fault, why a family may not be paid any more where an attempt
// was released to; nil where it may.
func (s *Store) Recheck(ctx context.Context, r Released) (held *fault.Fault, err error) {
	n := Release{Payment: r.Payment, Attempt: int(r.Attempt)}
	var destinationID string
	var form destination.Form
	err = s.db.Pool.QueryRow(ctx, `
		SELECT r.family_id, r.destination_id, d.form, r.rail, r.amount, r.currency, r.shares
		FROM releases r JOIN destinations d USING (destination_id) WHERE r.payment = $1 AND r.attempt = $2`, r.Payment, r.Attempt).
		Scan(&n.FamilyID, &destinationID, &form, &n.Rail, &n.Amount.MinorUnits, &n.Amount.Currency, &n.Shares)
	switch {
	case postgres.IsNotFound(err):
		return fault.New(fault.Precondition, fault.ReasonNotReleased, "The attempt was never released."), nil
	case err != nil:
		return nil, fmt.Errorf("look for release: %w", err)
	}
	n.Accepted = []destination.Accepted{{Form: form}}
	a, err := s.askRelease(ctx, n)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held = nil
		d, err := s.mayBePaid(ctx, tx, n, a)
		switch {
		case fault.OfKind(err, fault.Precondition):
			held = fault.As(err)
			return nil
		case err == nil && d.ID != destinationID:
			held = fault.New(fault.Precondition, fault.ReasonDestinationChanged, "The destination was changed since it was released.")
		}
		return err
	})
	return held, err
}
