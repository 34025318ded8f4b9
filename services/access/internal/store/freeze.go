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
)

// Freeze freezes the person with ID target on behalf of the person with ID by,
// unless a freeze is in force already. It returns the frozen person's ID.
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
			INSERT INTO freezes (staff_id, frozen_by, created_at, expires_at)
			SELECT $1::text, $2::text, $3::timestamptz, $4::timestamptz
			WHERE NOT EXISTS (SELECT 1 FROM freezes WHERE staff_id = $1 AND expires_at > $3)`,
			target, by, now, now.Add(staff.FreezeTerm))
		if err != nil {
			return "", fmt.Errorf("insert freeze: %w", err)
		}
		return target, nil
	})
}
