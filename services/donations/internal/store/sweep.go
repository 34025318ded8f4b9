package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// The lists of Stripe that are read again.
const (
	BalanceSweep = "balance"
	EventSweep   = "events"
)

const (
	sweepEvery = 10 * time.Minute
	// overlap is how much of what was read before is read again: Stripe's lists may be late.
	overlap = 72 * time.Hour
)

// Sweep is a list of Stripe that is read again.
type Sweep struct {
	ID string
	// Since is from when it is read, the zero time for all; Place is Stripe's id of the
	// last row that was read, empty at the beginning.
	Since time.Time
	Place string
}

// OweSweeps owes the reading of those lists that were not read for a while, or of all now.
func (s *Store) OweSweeps(ctx context.Context, atOnce bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		ids, err := postgres.Many(ctx, tx, "sweeps", pgx.RowTo[string], `UPDATE stripe_sweeps SET owed_at = $1
			WHERE owed_at IS NULL AND ($2 OR high_water IS NULL OR high_water <= $3) RETURNING id`, now, atOnce, now.Add(-sweepEvery))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.queue.Enqueue(ctx, tx, DutySweep, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// OwedSweeps lists lists that have to be read.
func (s *Store) OwedSweeps(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM stripe_sweeps WHERE owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// BeginSweep returns where the reading of a list goes on, or begins; NotFound where it is
// not owed.
func (s *Store) BeginSweep(ctx context.Context, id string) (sweep Sweep, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var since *time.Time
		sweep, err = postgres.One(ctx, tx, "sweep", func(row pgx.CollectableRow) (w Sweep, err error) {
			w.ID = id
			err = row.Scan(&w.Place, &since)
			return w, err
		}, `UPDATE stripe_sweeps SET began_at = COALESCE(began_at, $2) WHERE id = $1 AND owed_at IS NOT NULL RETURNING place, high_water`, id, s.now())
		if since != nil {
			sweep.Since = since.Add(-overlap)
		}
		return err
	})
	return sweep, err
}

// SweepTo notes how far a list has been read, or that it has been read to its end.
func (s *Store) SweepTo(ctx context.Context, id, place string, end bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE stripe_sweeps SET place = CASE WHEN $3 THEN '' ELSE $2 END,
				high_water = CASE WHEN $3 THEN began_at ELSE high_water END,
				owed_at = CASE WHEN NOT $3 THEN owed_at END, began_at = CASE WHEN NOT $3 THEN began_at END
			WHERE id = $1 AND owed_at IS NOT NULL AND began_at IS NOT NULL`, id, place, end)
		if err != nil {
			return fmt.Errorf("note sweep: %w", err)
		}
		return nil
	})
}

// AddFound stores events that a sweep has found; those that are known stay as they are.
func (s *Store) AddFound(ctx context.Context, list []event.Event) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, e := range list {
			q, added := &pgx.Batch{}, added{}
			queueEvent(q, e, nil, &added)
			if err := tx.SendBatch(ctx, q).Close(); err != nil {
				return fmt.Errorf("add found event: %w", err)
			}
			if !added.owed {
				continue
			}
			if err := s.queue.Enqueue(ctx, tx, DutyEvent, e.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
