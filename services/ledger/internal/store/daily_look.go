package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// DailyLook returns how many leaves may be published by now: those that were there
// when the log was last looked at. Where that was so many days ago, or never, it is
// looked at now, once for all replicas. What is booked later waits for the next look,
// so that a checkpoint does not tell when it was booked.
func (s *Store) DailyLook(ctx context.Context, today leaf.Day, days int) (int64, error) {
	var last look
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		var found bool
		last, found, err = s.lastLook(ctx, tx, today)
		if err != nil || found && today < leaf.DayOf(last.Day)+leaf.Day(days) {
			return err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO daily_looks (ledger_id, day, size) SELECT $1, $2, size FROM head WHERE ledger_id = $1
			ON CONFLICT (ledger_id, day) DO NOTHING`, s.ledger, today.Time()); err != nil {
			return fmt.Errorf("note the look of the day: %w", err)
		}
		last, _, err = s.lastLook(ctx, tx, today)
		return err
	})
	return last.Size, err
}

// look is when the log was looked at, and how many leaves it had then.
type look struct {
	Day  time.Time
	Size int64
}

// lastLook reads the last look up to a day; rows of days to come count for nothing.
func (s *Store) lastLook(ctx context.Context, tx pgx.Tx, today leaf.Day) (l look, found bool, err error) {
	l, err = postgres.One(ctx, tx, "look at the log", pgx.RowToStructByPos[look], `
		SELECT day, size FROM daily_looks WHERE ledger_id = $1 AND day <= $2
		ORDER BY day DESC LIMIT 1`, s.ledger, today.Time())
	if fault.OfKind(err, fault.NotFound) {
		return l, false, nil
	}
	return l, err == nil, err
}
