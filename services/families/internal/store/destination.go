package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// AddDestination adds a payout destination that another person has to confirm.
// Whether another family has the same account is not told.
func (s *Store) AddDestination(ctx context.Context, scope family.Scope, familyID, rail string, d destination.Details) (string, error) {
	id := resource.NewID("d")
	return s.add(ctx, scope, familyID, "destinations/"+id, func(ctx context.Context, tx pgx.Tx, now time.Time) error {
		sealed, err := s.seal(ctx, familyKey(familyID), place("destinations", id), d)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO destinations (destination_id, family_id, rail, sealed, state, enterer, created_at)
			VALUES ($1, $2, $3, $4, 'PENDING', $5, $6)`, id, familyID, rail, sealed, scope.Person, now)
		return err
	})
}

// ConfirmDestination confirms a destination, not by who entered it, and retires
// the one before of its rail.
func (s *Store) ConfirmDestination(ctx context.Context, person, familyID, id string) error {
	scope := family.Scope{Person: person, All: true}
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if _, err := lockFamily(ctx, tx, scope, familyID); fault.OfKind(err, fault.NotFound) {
			return "", fault.Missing("destination")
		} else if err != nil {
			return "", err
		}
		return "families/" + familyID + "/destinations/" + id, s.confirmDestination(ctx, tx, person, familyID, id)
	})
	return err
}

func (s *Store) confirmDestination(ctx context.Context, tx pgx.Tx, person, familyID, id string) error {
	var second family.Second
	var rail string
	err := tx.QueryRow(ctx, `
		SELECT state, enterer, rail FROM destinations
		WHERE destination_id = $1 AND family_id = $2 FOR UPDATE`, id, familyID).
		Scan(&second.State, &second.Enterer, &rail)
	if postgres.IsNotFound(err) {
		return fault.Missing("destination")
	}
	if err != nil {
		return fmt.Errorf("read destination %s: %w", id, err)
	}
	if err := second.CheckConfirm("destination", person); err != nil {
		return err
	}
	replaced, err := tx.Exec(ctx, `
		UPDATE destinations SET state = 'REPLACED'
		WHERE family_id = $1 AND rail = $2 AND state = 'CONFIRMED'`, familyID, rail)
	if err != nil {
		return fmt.Errorf("retire destination of family %s: %w", familyID, err)
	}
	now := s.now()
	_, err = tx.Exec(ctx, `
		UPDATE destinations SET state = 'CONFIRMED', confirmer = $2, confirmed_at = $3, usable_at = $4
		WHERE destination_id = $1`, id, person, now,
		destination.UsableAt(now, replaced.RowsAffected() == 0, s.coolingOff))
	if err != nil {
		return fmt.Errorf("confirm destination %s: %w", id, err)
	}
	return nil
}

const destinationColumns = `destination_id, rail, state, enterer, confirmer, usable_at, created_at`

// Destination returns one destination without what is sealed.
func (s *Store) Destination(ctx context.Context, familyID, id string) (destination.Destination, error) {
	return postgres.One(ctx, s.db.Pool, "destination", plain(scanDestination), `SELECT `+destinationColumns+` FROM destinations
		WHERE destination_id = $1 AND family_id = $2`, id, familyID)
}

// Destinations lists the destinations of a family, the oldest first.
func (s *Store) Destinations(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]destination.Destination, error) {
	return belongings(ctx, s, scope, familyID, plain(scanDestination), `SELECT `+destinationColumns+` FROM destinations
		WHERE family_id = $1 AND (created_at, destination_id) > ($2, $3)
		ORDER BY created_at, destination_id LIMIT $4`, p)
}

// scanDestination reads destinationColumns, and what stands after them into
// further.
func scanDestination(row pgx.CollectableRow, further ...any) (destination.Destination, error) {
	var d destination.Destination
	var confirmer *string
	var usable *time.Time
	err := row.Scan(append([]any{&d.ID, &d.Rail, &d.State, &d.Enterer, &confirmer, &usable, &d.CreatedAt}, further...)...)
	d.Confirmer = orEmpty(confirmer)
	if usable != nil {
		d.UsableAt = *usable
	}
	return d, err
}
