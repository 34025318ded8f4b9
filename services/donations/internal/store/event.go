package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// KeepEvent stores a verified event with its sealed body and owes its handling.
// An event that is there already changes nothing.
func (s *Store) KeepEvent(ctx context.Context, e event.Event, sealed []byte) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO stripe_events (id, type, object_id, session_id, intent_id, charge_id,
				occurred_at, received_at, sha256, week, sealed, state, reason, owed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'OWED', '', $8) ON CONFLICT (id) DO NOTHING`,
			e.ID, e.Type, e.ObjectID, e.SessionID, e.IntentID, e.ChargeID, e.OccurredAt, e.ReceivedAt, e.SHA256, e.Week, sealed)
		if err != nil {
			return fmt.Errorf("keep event: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return postgres.ReplayWrite(ctx, tx)
		}
		return s.queue.Enqueue(ctx, tx, DutyEvent, e.ID)
	})
}

// eventRow is a row of stripe_events.
type eventRow struct {
	ID         string
	Type       string
	ObjectID   string
	SessionID  string
	IntentID   string
	ChargeID   string
	OccurredAt time.Time
	ReceivedAt time.Time
	SHA256     []byte `db:"sha256"`
	Week       string
}

// OwedEvent returns an event that has still to be handled; NotFound where it has
// been.
func (s *Store) OwedEvent(ctx context.Context, id string) (event.Event, error) {
	row, err := postgres.One(ctx, s.db.Pool, "event", pgx.RowToStructByName[eventRow], `
		SELECT id, type, object_id, session_id, intent_id, charge_id, occurred_at, received_at, sha256, week
		FROM stripe_events WHERE id = $1 AND owed_at IS NOT NULL`, id)
	return event.Event(row), err
}

// SettleEvent records that an event has been judged: handled (Reread), ignored or
// kept for later, with the reason.
func (s *Store) SettleEvent(ctx context.Context, id string, action event.Action, reason string) error {
	state := map[event.Action]string{event.Reread: "HANDLED", event.Ignore: "IGNORED", event.Keep: "KEPT"}[action]
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE stripe_events SET state = $2, reason = $3, owed_at = NULL, handled_at = $4
			WHERE id = $1 AND owed_at IS NOT NULL`, id, state, reason, s.now())
		if err != nil {
			return fmt.Errorf("settle event: %w", err)
		}
		return nil
	})
}

// WeeksBefore lists the weeks before the given one of which raw events are still
// there.
func (s *Store) WeeksBefore(ctx context.Context, week string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT DISTINCT week FROM stripe_events WHERE sealed IS NOT NULL AND week < $1 ORDER BY week LIMIT $2`, week, limit)
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
