package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Stops returns who was stopped after a time: whose sessions were ended and from whom a
// role was taken since, and all who are frozen now.
func (s *Store) Stops(ctx context.Context, after, now time.Time) ([]staff.Stop, error) {
	return postgres.Many(ctx, s.db.Pool, "stops", pgx.RowToStructByPos[staff.Stop], `
		SELECT 'SESSIONS', id, sessions_since FROM staff WHERE sessions_since > $1
		UNION ALL
		SELECT DISTINCT ON (staff_id) 'FROZEN', staff_id, expires_at FROM freezes WHERE state = 'FROZEN' AND expires_at > $2
		UNION ALL
		SELECT 'ROLE', staff_id, revoked_at FROM role_grants WHERE revoked_at > $1
		ORDER BY 1, 2`, after, now)
}
