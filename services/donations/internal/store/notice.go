package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// noticesAtOnce bounds the changes of which one transaction makes messages.
const noticesAtOnce = 200

const deliveryColumns = `d.id, d.partner_id AS partner, d.endpoint_id AS endpoint, d.kind, d.resource_id AS resource, d.parent_id AS parent,
	d.resource_state, d.state, d.attempts, d.status, d.failure, d.created_at, d.tried_at, d.send_owed_at AS next_at,
	(SELECT e.state FROM webhook_endpoints AS e WHERE e.id = d.endpoint_id) AS endpoint_state`

func toDelivery(r pgx.CollectableRow) (d notice.Delivery, err error) {
	err = r.Scan(&d.ID, &d.Partner, &d.Endpoint, &d.Kind, &d.Resource, &d.Parent, &d.Change.State, &d.State, &d.Attempts, &d.Status,
		&d.Failure, &d.CreatedAt, &d.TriedAt, &d.NextAt, &d.EndpointState)
	return d, err
}

// OwedNotices lists partners of whose changes no messages were made. They have no time: a
// notice is as old as its transaction.
func (s *Store) OwedNotices(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT DISTINCT partner_id FROM notices WHERE partner_id > $1 ORDER BY partner_id LIMIT $2`, after, limit)
}

// OwedDeliveries lists messages that have to be sent.
func (s *Store) OwedDeliveries(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM webhook_deliveries WHERE send_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// Spread makes a message to each enabled endpoint of a partner out of each of its changes,
// and reports whether there are more.
func (s *Store) Spread(ctx context.Context, partnerID string) (more bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		changes, err := postgres.Many(ctx, tx, "notices", pgx.RowToStructByPos[notice.Change], `WITH taken AS (
				DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE partner_id = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING *)
			SELECT kind, resource_id, parent_id, state FROM taken ORDER BY id`, partnerID, noticesAtOnce)
		if err != nil {
			return err
		}
		endpoints, err := postgres.Many(ctx, tx, "endpoints", pgx.RowTo[string], `SELECT id FROM webhook_endpoints
			WHERE partner_id = $1 AND state = 'ENABLED' ORDER BY id FOR SHARE`, partnerID)
		if err != nil {
			return err
		}
		more = len(changes) == noticesAtOnce
		for _, c := range changes {
			for _, e := range endpoints {
				if err := s.addDelivery(ctx, tx, partnerID, e, c); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return more, err
}

func (s *Store) addDelivery(ctx context.Context, tx pgx.Tx, partnerID, endpoint string, c notice.Change) error {
	id := resource.NewID(resource.KindWebhookDelivery)
	if _, err := tx.Exec(ctx, `INSERT INTO webhook_deliveries (id, partner_id, endpoint_id, kind, resource_id, parent_id, resource_state,
			state, attempts, status, failure, created_at, send_owed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING', 0, 0, '', $8, $8)`,
		id, partnerID, endpoint, c.Kind, c.Resource, c.Parent, c.State, s.now()); err != nil {
		return fmt.Errorf("add message: %w", err)
	}
	return s.queue.Enqueue(ctx, tx, DutyDeliver, id)
}

// ClaimDelivery takes the attempt upon the caller that a message owes, and returns it with
// its endpoint; NotFound where none is due. The next attempt is owed from here on, so that
// a crash in between loses nothing.
func (s *Store) ClaimDelivery(ctx context.Context, id string) (d notice.Delivery, e notice.Endpoint, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		if d, err = postgres.One(ctx, tx, "message", toDelivery, `SELECT `+deliveryColumns+` FROM webhook_deliveries AS d
			WHERE d.id = $1 AND d.send_owed_at <= $2 FOR UPDATE`, id, now); err != nil {
			return err
		}
		if e, err = s.endpoint(ctx, tx, d.Partner, d.Endpoint); err != nil {
			return err
		}
		d.Attempts++
		d.TriedAt = &now
		next := now.Add(notice.Pause(d.Attempts, rand.Float64()))
		if d.Attempts > notice.MaxAttempts { // the last one was never noted
			_, err = tx.Exec(ctx, `UPDATE webhook_deliveries SET state = 'FAILED', send_owed_at = NULL WHERE id = $1`, id)
			d.Attempts = 0
		} else {
			_, err = tx.Exec(ctx, `UPDATE webhook_deliveries SET attempts = $2, tried_at = $3, send_owed_at = $4 WHERE id = $1`, id, d.Attempts, now, next)
		}
		if err != nil {
			return fmt.Errorf("claim message: %w", err)
		}
		return nil
	})
	if err == nil && d.Attempts == 0 {
		err = fault.Missing("message")
	}
	return d, e, err
}

// NoteDelivery writes down what an attempt came to, unless another has followed it. An
// endpoint that is gone is disabled.
func (s *Store) NoteDelivery(ctx context.Context, d notice.Delivery, r notice.Result) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if r.Gone() {
			if _, err := s.changeEndpoint(ctx, tx, d.Partner, d.Endpoint, gone); err != nil {
				return err
			}
		}
		state := r.Ended(d.Attempts)
		owed, err := postgres.Many(ctx, tx, "message", pgx.RowTo[*time.Time], `UPDATE webhook_deliveries SET status = $3, failure = $4,
				state = CASE WHEN $5 = 'DELIVERED' OR state = 'PENDING' THEN $5 ELSE state END,
				send_owed_at = CASE WHEN $5 = 'PENDING' THEN send_owed_at END
			WHERE id = $1 AND attempts = $2 AND tried_at = $6 AND (state = 'PENDING' OR failure = 'DISABLED') RETURNING send_owed_at`,
			d.ID, d.Attempts, r.Status, r.Failure, state, *d.TriedAt)
		if err != nil || len(owed) == 0 || owed[0] == nil {
			return err
		}
		return s.queue.EnqueueAt(ctx, tx, DutyDeliver, d.ID, *owed[0])
	})
}

// gone is what becomes of an endpoint that answers 410.
func gone(e notice.Endpoint) (notice.Endpoint, error) {
	if e.State == notice.Disabled {
		return e, nil
	}
	e, err := e.Take(notice.Disable)
	e.Gone = true
	return e, err
}

// Postpone lets a message be tried some seconds later: too many are being sent.
func (s *Store) Postpone(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return s.queue.EnqueueAt(ctx, tx, DutyDeliver, id, s.now().Add(time.Second))
	})
}

// SendAgain owes a message of a partner anew, with all its attempts, and returns it.
func (s *Store) SendAgain(ctx context.Context, partnerID, id string) (notice.Delivery, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, notice.Delivery, error) {
		d, err := oneDelivery(ctx, tx, `d.id = $1 AND d.partner_id = $2 FOR UPDATE`, id, partnerID)
		if err == nil {
			err = d.MaySendAgain()
		}
		if err != nil {
			return "", d, err
		}
		now := s.now()
		d.State, d.Attempts, d.Failure, d.Status, d.NextAt = notice.Pending, 0, "", 0, &now
		if _, err := tx.Exec(ctx, `UPDATE webhook_deliveries SET state = 'PENDING', attempts = 0, failure = '', status = 0, send_owed_at = $2
			WHERE id = $1`, id, now); err != nil {
			return "", d, fmt.Errorf("send message again: %w", err)
		}
		return id, d, s.queue.Enqueue(ctx, tx, DutyDeliver, id)
	}, func(ctx context.Context, id string) (notice.Delivery, error) { return s.Delivery(ctx, partnerID, id) })
}

// Delivery returns a message of a partner.
func (s *Store) Delivery(ctx context.Context, partnerID, id string) (notice.Delivery, error) {
	return oneDelivery(ctx, s.db.Pool, `d.id = $1 AND d.partner_id = $2`, id, partnerID)
}

func oneDelivery(ctx context.Context, q postgres.Querier, where string, args ...any) (notice.Delivery, error) {
	return postgres.One(ctx, q, "message", toDelivery, `SELECT `+deliveryColumns+` FROM webhook_deliveries AS d WHERE `+where, args...)
}

// Deliveries lists the messages of a partner, or of any within scope, newest first.
func (s *Store) Deliveries(ctx context.Context, scope Scope, partnerID string, p page.Page) ([]notice.Delivery, error) {
	return listing.Rows(ctx, s.db.Pool, "messages", toDelivery, `SELECT `+deliveryColumns+` FROM webhook_deliveries AS d`,
		deliveryList(), p, listing.Under("d.partner_id", partnerID), scope.within("d.partner_id"))
}

// DropDeliveries deletes messages that have been kept long enough.
func (s *Store) DropDeliveries(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM webhook_deliveries WHERE created_at < $1 AND send_owed_at IS NULL`, s.now().Add(-notice.Kept))
		if err != nil {
			return fmt.Errorf("delete old messages: %w", err)
		}
		return nil
	})
}
