package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Times of the step that makes a payment page.
const (
	claimFor    = 10 * time.Second // how long one caller alone makes the page: as long as a call may take
	repeatFor   = 20 * time.Hour   // how long a call to Stripe may be repeated with its key
	rereadAfter = 5 * time.Minute  // after a page's end: events had time to come
)

// ClaimCheckout lets one caller at a time make a pledge's payment page, and returns
// the pledge as it is then. claimed is false where another caller is making the
// page, where there is one, or where the pledge has ended. A pledge without a page
// after 20 hours lapses as refused: the processor may have forgotten the first try,
// so that no page can be made.
func (s *Store) ClaimCheckout(ctx context.Context, id string) (p pledge.Pledge, claimed bool, err error) {
	now := s.now()
	err = s.db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(`UPDATE pledges SET state = 'LAPSED', refused_at = $3, checkout_owed_at = NULL
			WHERE id = $1 AND checkout_owed_at IS NOT NULL AND created_at < $2 AND state = 'PENDING'`, id, now.Add(-repeatFor), now)
		q.Queue(`UPDATE pledges SET checkout_claimed_at = $2
			WHERE id = $1 AND checkout_owed_at IS NOT NULL AND (checkout_claimed_at IS NULL OR checkout_claimed_at < $3)
			RETURNING true`, id, now, now.Add(-claimFor)).Query(func(rows pgx.Rows) error {
			claimed = rows.Next()
			rows.Close()
			return rows.Err()
		})
		q.Queue(`SELECT `+pledgeColumns+` FROM pledges AS p WHERE p.id = $1`, id).Query(func(rows pgx.Rows) (err error) {
			p, err = pgx.CollectExactlyOneRow(rows, toPledge)
			return err
		})
	}, func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) {
		if claimed {
			return nil, nil
		}
		return nil, postgres.ReplayWrite(ctx, tx) // the caller answers from the row
	})
	switch {
	case postgres.IsNotFound(err):
		return p, false, fault.Missing("pledge").With(err)
	case err != nil:
		return p, false, fmt.Errorf("claim checkout: %w", err)
	}
	return p, claimed, nil
}

// FreeCheckout gives a claim back after a try that had no effect, or one that
// can be repeated at once.
func (s *Store) FreeCheckout(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE pledges SET checkout_claimed_at = NULL WHERE id = $1 AND session_id IS NULL`, id); err != nil {
			return fmt.Errorf("free checkout: %w", err)
		}
		return nil
	})
}

// RefuseCheckout records that the processor will never take a pledge's payment, and
// returns the pledge as it is then. A pledge that still waited lapses.
func (s *Store) RefuseCheckout(ctx context.Context, p pledge.Pledge) (pledge.Pledge, error) {
	return s.tried(ctx, p, func(q *pgx.Batch, to func(pgx.Rows) error) {
		q.Queue(`UPDATE pledges AS p SET state = CASE WHEN state = 'PENDING' THEN 'LAPSED' ELSE state END,
				refused_at = COALESCE(refused_at, $2), checkout_owed_at = NULL, checkout_claimed_at = NULL
			WHERE id = $1 AND session_id IS NULL RETURNING `+pledgeColumns, p.ID, s.now()).Query(to)
	})
}

// OpenCheckout records the payment page of a pledge, and returns the pledge as it
// is then. Where the pledge has ended meanwhile, its page is owed the closing.
func (s *Store) OpenCheckout(ctx context.Context, p pledge.Pledge, c pledge.Checkout) (pledge.Pledge, error) {
	return s.tried(ctx, p, func(q *pgx.Batch, to func(pgx.Rows) error) {
		q.Queue(`UPDATE pledges AS p SET session_id = $2, checkout_expires_at = $4,
				checkout_url = CASE WHEN state = 'PENDING' THEN $3 END,
				checkout_owed_at = NULL, checkout_claimed_at = NULL, reread_owed_at = $5,
				expiry_owed_at = CASE WHEN state = 'PENDING' THEN NULL::timestamptz ELSE $6 END
			WHERE id = $1 AND session_id IS NULL RETURNING `+pledgeColumns,
			p.ID, c.SessionID, c.URL, c.ExpiresAt, c.ExpiresAt.Add(rereadAfter), s.now()).Query(to)
	})
}

// tried records what became of a try to make a page, unless another try has made
// one.
func (s *Store) tried(ctx context.Context, p pledge.Pledge, update func(q *pgx.Batch, to func(pgx.Rows) error)) (pledge.Pledge, error) {
	var changed []pledge.Pledge
	err := s.db.InTrips(ctx, func(q *pgx.Batch) {
		update(q, func(rows pgx.Rows) (err error) {
			changed, err = pgx.CollectRows(rows, toPledge)
			return err
		})
	}, func(ctx context.Context, tx pgx.Tx) (_ *pgx.Batch, err error) {
		if len(changed) == 0 {
			if p, err = onePledge(ctx, tx, `p.id = $1`, p.ID); err != nil {
				return nil, err
			}
			return nil, postgres.ReplayWrite(ctx, tx)
		}
		p = changed[0]
		if p.Checkout.SessionID != "" && p.State != pledge.Pending {
			return nil, s.queue.Enqueue(ctx, tx, DutyExpire, p.ID)
		}
		return nil, nil
	})
	if err != nil {
		return p, fmt.Errorf("record checkout: %w", err)
	}
	return p, nil
}

// CancelPledge ends a pledge that is not paid, and returns it. Its page is owed the
// closing.
func (s *Store) CancelPledge(ctx context.Context, scope Scope, id string) (pledge.Pledge, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, pledge.Pledge, error) {
		p, err := onePledge(ctx, tx, `p.id = $1 AND ($2 = '' OR p.partner_id = $2) FOR UPDATE OF p`, id, scope)
		if err != nil {
			return "", p, err
		}
		if _, err := p.State.Move(pledge.Cancelled); err != nil || p.State == pledge.Cancelled {
			return id, p, err
		}
		p.State, p.Checkout.URL = pledge.Cancelled, ""
		_, err = tx.Exec(ctx, `UPDATE pledges SET state = $2, checkout_url = NULL, checkout_owed_at = NULL,
				expiry_owed_at = CASE WHEN session_id IS NOT NULL THEN $3::timestamptz END
			WHERE id = $1`, id, p.State, s.now())
		if err != nil {
			return "", p, fmt.Errorf("cancel pledge: %w", err)
		}
		if p.Checkout.SessionID != "" {
			err = s.queue.Enqueue(ctx, tx, DutyExpire, id)
		}
		return id, p, err
	}, func(ctx context.Context, id string) (pledge.Pledge, error) {
		return s.Pledge(ctx, scope, id)
	})
}
