package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Frozen returns those of some people, by ID, against whom a freeze is in force.
func (s *Store) Frozen(ctx context.Context, ids []string, now time.Time) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "frozen people", pgx.RowTo[string], `
		SELECT DISTINCT staff_id FROM freezes WHERE staff_id = ANY($1) AND expires_at > $2 ORDER BY staff_id`, ids, now)
}
