package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/reason"
)

// Released names an attempt for which a destination was handed out.
type Released struct {
	Payment string
	Attempt int32
}

// Recheck reports, as a fault, why a family may not be paid any more where an attempt
// was released to; nil where it may.
func (s *Store) Recheck(ctx context.Context, r Released) (held *fault.Fault, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held = nil
		var familyID, destinationID, rail string
		err := tx.QueryRow(ctx, `
			SELECT family_id, destination_id, rail FROM releases WHERE payment = $1 AND attempt = $2`, r.Payment, r.Attempt).
			Scan(&familyID, &destinationID, &rail)
		switch {
		case postgres.IsNotFound(err):
			held = fault.New(fault.Precondition, reason.NotReleased, "The attempt was never released.")
			return nil
		case err != nil:
			return fmt.Errorf("look for release: %w", err)
		}
		f, err := lockFamily(ctx, tx, family.Scope{All: true}, familyID)
		if err != nil {
			return err
		}
		id, err := s.checkRelease(ctx, tx, f, rail)
		switch {
		case fault.OfKind(err, fault.Precondition):
			held = fault.As(err)
			return nil
		case err == nil && id != destinationID:
			held = fault.New(fault.Precondition, reason.DestinationChanged, "The destination was changed since it was released.")
		}
		return err
	})
	return held, err
}
