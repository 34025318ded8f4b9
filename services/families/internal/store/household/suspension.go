package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// SuspendFamily holds a family back.
func (s *Store) SuspendFamily(ctx context.Context, scope family.Scope, id string, reason family.Reason) (family.Family, error) {
	scope.Stops = true
	return s.onFamily(ctx, scope, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		before := f.State
		if err := s.move(ctx, tx, f, family.Suspended); err != nil {
			return err
		}
		v, err := latest(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.oweStop(ctx, tx, standingRow(*f, v.link, v.basis())); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO suspensions (family_id, version, suspended_on, suspender, reason, case_owner, state_before)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, f.Version, s.today(), scope.Person, reason, f.Owner, before)
		if err != nil {
			return fmt.Errorf("suspend family %s: %w", id, err)
		}
		return nil
	})
}

// ReinstateFamily lifts a suspension and returns to the state before; not by who
// imposed it, nor by whose case it is.
func (s *Store) ReinstateFamily(ctx context.Context, scope family.Scope, id string) (family.Family, error) {
	return s.onFamily(ctx, scope, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if err := family.Take(family.Reinstate, f.State); err != nil {
			return err
		}
		var before family.State
		var imposed family.Suspension
		if err := tx.QueryRow(ctx, `
			SELECT suspender, case_owner, state_before FROM suspensions WHERE family_id = $1 AND lifter IS NULL`, id).
			Scan(&imposed.Suspender, &imposed.Owner, &before); err != nil {
			return fmt.Errorf("read suspension of family %s: %w", id, err)
		}
		if err := imposed.MayLift(scope.Person); err != nil {
			return err
		}
		if err := s.confirms(ctx, tx, id, scope.Person); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE suspensions SET lifter = $2, lifted_on = $3 WHERE family_id = $1 AND lifter IS NULL`, id, scope.Person, s.today())
		if postgres.Violates(err, "suspensions_two_people") {
			return family.SamePerson()
		}
		if err != nil {
			return fmt.Errorf("reinstate family %s: %w", id, err)
		}
		v, err := latest(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.decideMove(ctx, tx, f, before, func(f family.Family) (int, error) {
			return s.record(ctx, standingRow(f, v.link, v.basis()))
		})
	})
}
