package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// AddEvent stores a verified event with its sealed body and owes its handling. An
// event that is there already changes nothing.
func (s *Store) AddEvent(ctx context.Context, e event.Event, sealed []byte) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO stripe_events (id, type, object_kind, object_id,
				occurred_at, received_at, sha256, week, sealed, state, reason, owed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'OWED', '', $6) ON CONFLICT (id) DO NOTHING`,
			e.ID, e.Type, e.Object.Kind, e.Kept(), e.OccurredAt, e.ReceivedAt, e.SHA256, e.Week, sealed)
		if err != nil {
			return fmt.Errorf("add event: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return postgres.ReplayWrite(ctx, tx)
		}
		return s.queue.Enqueue(ctx, tx, DutyEvent, e.ID)
	})
}

// OwedEvent returns an event that has still to be handled; NotFound where it has
// been.
func (s *Store) OwedEvent(ctx context.Context, id string) (event.Event, error) {
	return postgres.One(ctx, s.db.Pool, "event", toEvent, `
		SELECT id, type, object_kind, object_id, occurred_at, received_at, sha256, week
		FROM stripe_events WHERE id = $1 AND owed_at IS NOT NULL`, id)
}

func toEvent(r pgx.CollectableRow) (e event.Event, err error) {
	err = r.Scan(&e.ID, &e.Type, &e.Object.Kind, &e.Object.ID, &e.OccurredAt, &e.ReceivedAt, &e.SHA256, &e.Week)
	return e, err
}

// SettleEvent records how an event has ended, and why.
func (s *Store) SettleEvent(ctx context.Context, id string, state event.State, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE stripe_events SET state = $2, reason = $3, owed_at = NULL, handled_at = $4
			WHERE id = $1 AND owed_at IS NOT NULL`, id, state, reason, s.now())
		if err != nil {
			return fmt.Errorf("settle event: %w", err)
		}
		return nil
	})
}

// WeeksBefore lists the weeks before the given one, after the other, of which raw
// events are still there.
func (s *Store) WeeksBefore(ctx context.Context, week, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT DISTINCT week FROM stripe_events WHERE sealed IS NOT NULL AND week < $1 AND week > $2 ORDER BY week LIMIT $3`, week, after, limit)
}

// ForgetWeek removes the raw events of a week, whose key is destroyed. Events
// that are still owed keep their readable part.
func (s *Store) ForgetWeek(ctx context.Context, week string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE stripe_events SET sealed = NULL WHERE week = $1 AND sealed IS NOT NULL`, week); err != nil {
			return fmt.Errorf("forget week: %w", err)
		}
		return nil
	})
}
