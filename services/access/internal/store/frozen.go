package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Frozen returns those of some people, by ID, against whom a freeze is in force.
func (s *Store) Frozen(ctx context.Context, ids []string, now time.Time) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "frozen people", pgx.RowTo[string], `
		SELECT DISTINCT staff_id FROM freezes
		WHERE staff_id = ANY($1) AND state = 'FROZEN' AND expires_at > $2 ORDER BY staff_id`, ids, now)
}

// freezeColumns are those of a freeze "f".
const freezeColumns = `f.id, f.staff_id AS staff, f.state, f.until_day AS until, f.created_at AS created, f.expires_at AS expires`

// freezeRow is one row of freezeColumns.
type freezeRow struct {
	ID, Staff               string
	State                   staff.FreezeState
	Until, Created, Expires time.Time
}

// OpenFreezes returns the freezes of some people that are in force, or wait for a second
// person, by the ID of who is frozen.
func (s *Store) OpenFreezes(ctx context.Context, ids []string, now time.Time) (map[string]staff.Freeze, error) {
	freezes, err := freezesWhere(ctx, s.db.Pool, `
		f.staff_id = ANY($1) AND (f.state = 'FROZEN' AND f.expires_at > $2 OR f.state = 'PROPOSED' AND f.created_at > $3)
		ORDER BY f.state DESC, f.created_at`, ids, now, now.Add(-staff.FreezeTerm))
	open := map[string]staff.Freeze{}
	for _, f := range freezes {
		if open[f.Staff].State != staff.Frozen && len(f.Steps) > 0 {
			open[f.Staff] = f
		}
	}
	return open, err
}

// FreezeByID returns a freeze; a fault NOT_FOUND where there is none.
func (s *Store) FreezeByID(ctx context.Context, id string) (staff.Freeze, error) {
	freezes, err := freezesWhere(ctx, s.db.Pool, `f.id = $1`, id)
	if err == nil && len(freezes) == 0 {
		err = fault.Missing("freeze")
	}
	if err != nil {
		return staff.Freeze{}, err
	}
	return freezes[0], nil
}

func freezesWhere(ctx context.Context, q postgres.Querier, where string, args ...any) ([]staff.Freeze, error) {
	rows, err := postgres.Many(ctx, q, "freezes", pgx.RowToStructByName[freezeRow], `SELECT `+freezeColumns+` FROM freezes f WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	freezes := make([]staff.Freeze, len(rows))
	for i, r := range rows {
		freezes[i] = staff.Freeze{ID: r.ID, Staff: r.Staff, State: r.State, Until: r.Until, Created: r.Created, Expires: r.Expires}
		freezes[i].Steps, err = postgres.Many(ctx, q, "steps of a freeze", pgx.RowToStructByName[staff.FreezeStep], `
			SELECT step, until_day AS until, person, sequence FROM freeze_steps WHERE freeze_id = $1 ORDER BY created_at, person`, r.ID)
		if err != nil {
			return nil, err
		}
	}
	return freezes, nil
}

// insertStep notes what a person does about a freeze; false where they have done it
// before.
func insertStep(ctx context.Context, tx pgx.Tx, id string, s staff.FreezeStep, now time.Time) (bool, error) {
	noted, err := tx.Exec(ctx, `
		INSERT INTO freeze_steps (freeze_id, step, until_day, person, sequence, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, id, s.Step, s.Until, s.Person, s.Sequence, now)
	if err != nil {
		return false, fmt.Errorf("insert step of a freeze: %w", err)
	}
	return noted.RowsAffected() > 0, nil
}
