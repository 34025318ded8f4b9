package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// AddEvent stores a verified event with its sealed body and owes its handling, unless
// nothing is to be done about it: nothing ever is, or the money of the payment that it
// tells of is recorded. An event that is there already changes nothing.
func (s *Store) AddEvent(ctx context.Context, e event.Event, sealed []byte) error {
	var added added
	err := s.db.InTrips(ctx, func(q *pgx.Batch) {
		added.fresh, added.owed = false, false
		queueEvent(q, e, sealed, &added)
	}, func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) {
		if !added.fresh {
			return nil, postgres.ReplayWrite(ctx, tx)
		}
		if !added.owed {
			return nil, nil
		}
		return nil, s.queue.Enqueue(ctx, tx, DutyEvent, e.ID)
	})
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	return nil
}

// added says of an event whether it was not there, and whether its handling is owed.
type added struct{ fresh, owed bool }

// queueEvent stores an event where it is not there.
func queueEvent(q *pgx.Batch, e event.Event, sealed []byte, a *added) {
	state, reason := event.Judge(e.Type)
	if state != event.Ignored {
		state, reason = event.Owed, ""
	}
	q.Queue(`INSERT INTO stripe_events (id, type, object_kind, object_id, payment_id,
			occurred_at, received_at, sha256, week, sealed, state, reason, owed_at, handled_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, x.state, $12,
			CASE WHEN x.state = 'OWED' THEN $7::timestamptz END, CASE WHEN x.state <> 'OWED' THEN $7::timestamptz END
		FROM (SELECT CASE WHEN $11 = 'OWED' AND $13 AND `+received(`$4`, `$5`)+` THEN 'HANDLED' ELSE $11 END AS state) AS x
		ON CONFLICT (id) DO NOTHING RETURNING owed_at IS NOT NULL`,
		e.ID, e.Type, e.Object.Kind, e.Kept(), e.Payment, e.OccurredAt, e.ReceivedAt, e.SHA256, e.Week, sealed,
		state, reason, e.OfPayment()).Query(func(rows pgx.Rows) error {
		made, err := pgx.CollectRows(rows, pgx.RowTo[bool])
		*a = added{fresh: len(made) > 0, owed: len(made) > 0 && made[0]}
		return err
	})
}

// received is the condition that the money of a payment is recorded, by one of Stripe's
// objects and by the payment's id: of a page, that it is known to have been paid on.
func received(object, payment string) string {
	return `(EXISTS (SELECT 1 FROM donations AS r WHERE r.intent_id = ` + object + ` AND r.state = 'SUCCEEDED')
		OR EXISTS (SELECT 1 FROM donations AS r WHERE r.charge_id = ` + object + ` AND r.state = 'SUCCEEDED')
		OR EXISTS (SELECT 1 FROM checkouts AS r WHERE r.session_id = ` + object + ` AND r.state = 'PAID')
		OR ` + object + ` NOT LIKE 'cs\_%' AND EXISTS (SELECT 1 FROM donations AS r WHERE r.intent_id = ` + payment + ` AND r.state = 'SUCCEEDED'))`
}

// OwedEvent returns an event that has still to be handled; NotFound where it has
// been.
func (s *Store) OwedEvent(ctx context.Context, id string) (event.Event, error) {
	return postgres.One(ctx, s.db.Pool, "event", toEvent, `
		SELECT id, type, object_kind, object_id, payment_id, occurred_at, received_at, sha256, week
		FROM stripe_events WHERE id = $1 AND owed_at IS NOT NULL`, id)
}

func toEvent(r pgx.CollectableRow) (e event.Event, err error) {
	err = r.Scan(&e.ID, &e.Type, &e.Object.Kind, &e.Object.ID, &e.Payment, &e.OccurredAt, &e.ReceivedAt, &e.SHA256, &e.Week)
	return e, err
}

// SettleEvent records how an event has ended, and why.
func (s *Store) SettleEvent(ctx context.Context, id string, state event.State, reason string) error {
	err := s.db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(`UPDATE stripe_events SET state = $2, reason = $3, owed_at = NULL, handled_at = $4
			WHERE id = $1 AND owed_at IS NOT NULL`, id, state, reason, s.now())
	}, func(context.Context, pgx.Tx) (*pgx.Batch, error) { return nil, nil })
	if err != nil {
		return fmt.Errorf("settle event: %w", err)
	}
	return nil
}

// queueTold ends the events that tell of a payment whose money is recorded by now.
func (s *Store) queueTold(q *pgx.Batch, intentID string) {
	q.Queue(`UPDATE stripe_events AS e SET state = 'HANDLED', owed_at = NULL, handled_at = $2
		WHERE e.payment_id = $1 AND e.payment_id <> '' AND e.owed_at IS NOT NULL AND e.type <> $3
			AND (e.object_kind IN ($4, $5) OR e.object_kind = $6 AND EXISTS (
				SELECT 1 FROM checkouts AS c WHERE c.session_id = e.object_id AND c.state = 'PAID'))`,
		intentID, s.now(), event.ChargeRefunded, event.PaymentIntent, event.Charge, event.CheckoutSession)
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
