package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Freeze freezes the person with ID target on behalf of the person with ID by, unless
// a freeze is in force already; its leaf is owed from then on. It returns the frozen
// person's ID.
func (s *Store) Freeze(ctx context.Context, target, by string, now time.Time) (string, error) {
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		// The lock lets two colleagues who freeze at once see each other.
		var id string
		err := tx.QueryRow(ctx, `SELECT id FROM staff WHERE id = $1 FOR UPDATE`, target).Scan(&id)
		switch {
		case postgres.IsNotFound(err):
			return "", fault.Missing("person")
		case err != nil:
			return "", fmt.Errorf("lock person: %w", err)
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO freezes (id, staff_id, frozen_by, created_at, expires_at)
			SELECT $1::text, $2::text, $3::text, $4::timestamptz, $5::timestamptz
			WHERE NOT EXISTS (SELECT 1 FROM freezes WHERE staff_id = $2 AND expires_at > $4)`,
			resource.NewID(resource.KindFreeze), target, by, now, now.Add(staff.FreezeTerm))
		if err != nil {
			return "", fmt.Errorf("insert freeze: %w", err)
		}
		return target, nil
	})
}

// freezeColumns are those of a freeze whose leaf is owed.
const freezeColumns = `SELECT id, staff_id AS staff, frozen_by AS by, expires_at AS until FROM freezes WHERE sequence IS NULL AND `

// FreezesBy returns the freezes of one person by another whose leaves are owed.
func (s *Store) FreezesBy(ctx context.Context, target, by string) ([]staff.Freeze, error) {
	return postgres.Many(ctx, s.db.Pool, "freezes without a leaf", pgx.RowToStructByName[staff.Freeze],
		freezeColumns+`staff_id = $1 AND frozen_by = $2 ORDER BY id`, target, by)
}

// FreezeWithoutLeaf returns a freeze whose leaf is owed; false where it is not owed any
// more.
func (s *Store) FreezeWithoutLeaf(ctx context.Context, id string) (staff.Freeze, bool, error) {
	f, err := postgres.Many(ctx, s.db.Pool, "freeze without a leaf", pgx.RowToStructByName[staff.Freeze], freezeColumns+`id = $1`, id)
	if err != nil || len(f) == 0 {
		return staff.Freeze{}, false, err
	}
	return f[0], true, nil
}

// FreezeRecorded notes the leaf of a freeze.
func (s *Store) FreezeRecorded(ctx context.Context, id string, sequence int64) error {
	return s.exec(ctx, "note leaf of a freeze", `UPDATE freezes SET sequence = $2 WHERE id = $1 AND sequence IS NULL`, id, sequence)
}

// UnrecordedFreezes lists freezes made before a time whose leaf is owed, by ID after
// the given one.
func (s *Store) UnrecordedFreezes(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "freezes without a leaf", pgx.RowTo[string], `
		SELECT id FROM freezes WHERE sequence IS NULL AND created_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}
