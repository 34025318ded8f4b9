package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// OwedCheckouts lists payment pages that have been owed since before a
// time; this method and those below answer by id, those after the given one, limit
// at most.
func (s *Store) OwedCheckouts(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM checkouts WHERE open_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedExpiries lists pages that are to be closed at Stripe.
func (s *Store) OwedExpiries(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM checkouts WHERE expire_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedRereads lists pages that have ended, as far as is known, untold.
func (s *Store) OwedRereads(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM checkouts WHERE reread_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedGivings lists recurring pledges of which Stripe was not told the latest.
func (s *Store) OwedGivings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT pledge_id FROM givings WHERE tell_owed_at < $1 AND pledge_id > $2 ORDER BY pledge_id LIMIT $3`, before, after, limit)
}

// OwedEvents lists events that are not handled.
func (s *Store) OwedEvents(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM stripe_events WHERE owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedPostings lists donations that the ledger was not told about.
func (s *Store) OwedPostings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM donations WHERE post_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedClearings lists funds of which gifts are due to become available.
func (s *Store) OwedClearings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT fund_id FROM donation_parts
		WHERE clear_owed_at < $1 AND fund_id > $2 GROUP BY fund_id ORDER BY fund_id LIMIT $3`, before, after, limit)
}

// OwedRuns lists clearing runs that the ledger was not told about.
func (s *Store) OwedRuns(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM clearing_runs WHERE post_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedCovers lists currencies in which running costs got something that deficits may
// need.
func (s *Store) OwedCovers(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT DISTINCT currency FROM donations
		WHERE cover_owed_at < $1 AND currency > $2 ORDER BY currency LIMIT $3`, before, after, limit)
}

func (s *Store) ids(ctx context.Context, sql string, args ...any) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "what is owed", pgx.RowTo[string], sql, args...)
}
