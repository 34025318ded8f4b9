package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// ends are the plans that are locked and not released, each with the day on which it
// opens by itself: when the first of the decisions that count expires, or where there is
// none, when nobody has taken one in time.
const ends = `
	SELECT p.id, COALESCE(min(a.expires_at), p.unlocks_on)::timestamp AT TIME ZONE 'UTC' AS due
	FROM payment_plans p LEFT JOIN plan_acts a ON a.plan_id = p.id AND NOT a.void AND a.expires_at IS NOT NULL
	WHERE p.state IN ('LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE') GROUP BY p.id`

// OwedExpiries lists plans that should have opened by themselves.
func (s *Store) OwedExpiries(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	if now := s.now(); now.Before(before) {
		before = now
	}
	return s.owed(ctx, `SELECT id FROM (`+ends+`) AS e WHERE e.due <= $1 AND e.id > $2 ORDER BY e.id LIMIT $3`, before, after, limit)
}

// NextExpiry returns when the next plan opens by itself after that time; the zero time
// where none will.
func (s *Store) NextExpiry(ctx context.Context, after time.Time) (time.Time, error) {
	return postgres.FirstTime(ctx, s.db.Pool, "next expiry", `SELECT min(due) FROM (`+ends+`) AS e WHERE due > $1`, after)
}

// ExpirePlan opens a plan again that nobody has released in time; another stays as it is.
func (s *Store) ExpirePlan(ctx context.Context, id string) (opened bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		opened = false
		p, err := lockPlan(ctx, tx, id)
		if err != nil || !slices.Contains(plan.Undecided(), p.State) || !p.Over(s.now()) {
			return err
		}
		opened = true
		return s.open(ctx, tx, p, expired)
	})
	return opened, err
}
