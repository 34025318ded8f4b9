package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// changed is a destination that a person entered or confirmed not long ago.
type changed struct {
	destination.Destination
	entered bool
}

// voidDestinations voids what a frozen person did about the destinations of a locked
// family not long ago. It is a stop: the leaves follow.
func (s *Store) voidDestinations(ctx context.Context, tx pgx.Tx, familyID, person string) error {
	if s.lenient {
		return nil
	}
	since := day(s.now()).AddDate(0, 0, -touchedDays)
	rows, err := postgres.Many(ctx, tx, "destinations that somebody changed", func(row pgx.CollectableRow) (c changed, err error) {
		c.Destination, err = scanDestination(row, &c.entered)
		return c, err
	}, `SELECT `+destinationColumns+`, enterer = $2 AND created_on >= $3 FROM destinations
		WHERE family_id = $1 AND state IN ('PENDING', 'CONFIRMED')
		  AND (enterer = $2 AND created_on >= $3 OR confirmer = $2 AND confirmed_on >= $3)
		ORDER BY destination_id FOR UPDATE`, familyID, person, since)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if err := s.voidDestination(ctx, tx, familyID, c.Voided(person, c.entered)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) voidDestination(ctx context.Context, tx pgx.Tx, familyID string, d destination.Destination) error {
	details, err := s.openDestination(ctx, tx, familyID, d.ID)
	if err != nil {
		return err
	}
	row, err := s.destinationRow(ctx, familyID, d, details)
	if err != nil {
		return err
	}
	if err := s.oweStop(ctx, tx, row); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE destinations SET state = $2, version = $3, confirmer = NULLIF($4, ''),
			confirmed_on = CASE WHEN $4 = '' THEN NULL ELSE confirmed_on END, usable_at = CASE WHEN $4 = '' THEN NULL ELSE usable_at END
		WHERE destination_id = $1`, d.ID, d.State, d.Version, d.Confirmer)
	if err != nil {
		return fmt.Errorf("void destination %s: %w", d.ID, err)
	}
	return nil
}
