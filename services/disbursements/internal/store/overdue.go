package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// NoteOverdue notes the payments over a rail that left on a day or earlier and that no
// statement has shown. It returns how many of them were not told to the log today; they
// count as told.
func (s *Store) NoteOverdue(ctx context.Context, rail string, left time.Time) (untold int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		noted, err := postgres.Many(ctx, tx, "overdue payments", pgx.RowTo[string], `
			UPDATE payments y SET overdue = true, told_on = $3::date FROM payment_plans p
			WHERE p.id = y.plan_id AND p.rail = $1 AND y.state = 'SENT' AND y.sent_on <= $2::date
				AND (y.told_on IS NULL OR y.told_on < $3::date) RETURNING y.id`, rail, left, s.now())
		untold = len(noted)
		return err
	})
	return untold, err
}
