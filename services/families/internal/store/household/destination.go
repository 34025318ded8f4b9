package household

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
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// AddDestination adds a payout destination that another person has to confirm.
// Whether another family has the same account is not told.
func (s *Store) AddDestination(ctx context.Context, scope family.Scope, familyID string, d destination.Details) (destination.Destination, error) {
	return add(ctx, s, scope, familyID, addition[destination.Destination]{
		kind: resource.KindDestination, read: s.destination,
		insert: func(ctx context.Context, tx pgx.Tx, id string, now time.Time) (destination.Destination, error) {
			made := destination.Destination{ID: id, Form: d.Form(), State: family.Pending, Version: 1, Enterer: scope.Person, CreatedAt: now}
			sealed, err := s.seal(ctx, destinationColumn.At(seal.Family(familyID), id, 1), d)
			if err != nil {
				return made, err
			}
			if err := s.recordDestination(ctx, familyID, &made, d); err != nil {
				return made, err
			}
			_, err = tx.Exec(ctx, `
				INSERT INTO destinations (destination_id, family_id, form, sealed, state, enterer, created_on)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, familyID, made.Form, sealed, made.State, made.Enterer, now)
			return made, err
		},
	})
}

// ConfirmDestination confirms a destination, not by who entered it, but by who has called
// the family and enters anew the same, and retires the one before of its form.
func (s *Store) ConfirmDestination(ctx context.Context, person, familyID, id string, anew destination.Details) (d destination.Destination, err error) {
	if err := s.enteredAnew(ctx, person, familyID, id, anew); err != nil {
		return d, err
	}
	_, err = idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := s.lockFamily(ctx, tx, family.Scope{Person: person, All: true}, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return "", fault.Missing("destination")
		}
		if err != nil {
			return "", err
		}
		if d, err = oneDestination(ctx, tx, familyID, id, ` FOR UPDATE`); err != nil {
			return "", err
		}
		return id, s.confirmDestination(ctx, tx, familyID, person, &d)
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return d, err
	}
	return s.destination(ctx, familyID, id)
}

func (s *Store) confirmDestination(ctx context.Context, tx pgx.Tx, familyID, person string, d *destination.Destination) error {
	second := family.Second{State: d.State, Enterer: d.Enterer}
	if err := second.CheckConfirm("destination", person); err != nil {
		return err
	}
	if err := s.confirms(ctx, tx, familyID, person); err != nil {
		return err
	}
	details, err := s.openDestination(ctx, tx, familyID, d.ID)
	if err != nil {
		return err
	}
	first, err := s.neverPaid(ctx, tx, familyID)
	if err != nil {
		return err
	}
	if err := s.retire(ctx, tx, familyID, d.Form); err != nil {
		return fmt.Errorf("retire destination of family %s: %w", familyID, err)
	}
	d.State, d.Confirmer, d.Version = family.Confirmed, person, d.Version+1
	d.UsableAt = destination.UsableAt(s.now(), first, s.coolingOff)
	if err := s.recordDestination(ctx, familyID, d, details); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE destinations SET state = $2, version = $3, confirmer = $4, confirmed_on = $5, usable_at = $6
		WHERE destination_id = $1`, d.ID, d.State, d.Version, d.Confirmer, s.today(), d.UsableAt)
	if err != nil {
		return fmt.Errorf("confirm destination %s: %w", d.ID, err)
	}
	return nil
}

// recordDestination records what a destination becomes.
func (s *Store) recordDestination(ctx context.Context, familyID string, d *destination.Destination, details destination.Details) error {
	r, err := s.destinationRow(ctx, familyID, *d, details)
	if err != nil {
		return err
	}
	d.Version, err = s.record(ctx, r)
	return err
}

// neverPaid reports whether no destination of a family was ever confirmed: another form
// is as much a change as another account.
func (s *Store) neverPaid(ctx context.Context, tx pgx.Tx, familyID string) (never bool, err error) {
	err = tx.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM destinations WHERE family_id = $1 AND confirmed_on IS NOT NULL)`, familyID).Scan(&never)
	if err != nil {
		return false, fmt.Errorf("look for destinations of family %s: %w", familyID, err)
	}
	return never, nil
}

// retire replaces the confirmed destination of a form. It is a stop: its leaf follows.
func (s *Store) retire(ctx context.Context, tx pgx.Tx, familyID string, form destination.Form) error {
	retired, err := postgres.Many(ctx, tx, "replaced destinations", plain(scanDestination), `
		UPDATE destinations SET state = 'REPLACED', version = version + 1
		WHERE family_id = $1 AND form = $2 AND state = 'CONFIRMED' RETURNING `+destinationColumns, familyID, form)
	if err != nil {
		return err
	}
	for _, d := range retired {
		details, err := s.openDestination(ctx, tx, familyID, d.ID)
		if err != nil {
			return err
		}
		r, err := s.destinationRow(ctx, familyID, d, details)
		if err != nil {
			return err
		}
		if err := s.oweStop(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

const destinationColumns = `destination_id, form, state, version, enterer, confirmer, usable_at, created_on`

func (s *Store) destination(ctx context.Context, familyID, id string) (destination.Destination, error) {
	return oneDestination(ctx, s.db.Pool, familyID, id, "")
}

// oneDestination reads one destination without what is sealed; lock is a locking
// clause.
func oneDestination(ctx context.Context, q postgres.Querier, familyID, id, lock string) (destination.Destination, error) {
	return postgres.One(ctx, q, "destination", plain(scanDestination), `SELECT `+destinationColumns+` FROM destinations
		WHERE destination_id = $1 AND family_id = $2`+lock, id, familyID)
}

// Destinations lists the destinations of a family, or of all that the scope reaches, the oldest
// first.
func (s *Store) Destinations(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]Belonging[destination.Destination], error) {
	return belongings(ctx, s, scope, familyID, scanDestination, destinationColumns, destinationList(), p)
}

// scanDestination reads destinationColumns, and what stands after them into
// further.
func scanDestination(row pgx.CollectableRow, further ...any) (destination.Destination, error) {
	var d destination.Destination
	var confirmer *string
	var usable *time.Time
	err := row.Scan(append([]any{&d.ID, &d.Form, &d.State, &d.Version, &d.Enterer, &confirmer, &usable, &d.CreatedAt}, further...)...)
	d.Confirmer = orEmpty(confirmer)
	if usable != nil {
		d.UsableAt = *usable
	}
	return d, err
}
