package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// CheckoutExpired records that a page can no longer be paid on. A pledge that
// still waited lapses, as refused if nobody was shown the page; a payment that was
// still open has failed.
func (s *Store) CheckoutExpired(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		p, err := onePledge(ctx, tx, `p.id = $1 FOR UPDATE OF p`, id)
		if err != nil {
			return err
		}
		if !p.State.Ended() {
			if p.State, err = p.State.Move(pledge.Lapsed); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE pledges SET state = $2, checkout_url = NULL, checkout_owed_at = NULL,
				expiry_owed_at = NULL, reread_owed_at = NULL,
				refused_at = CASE WHEN $2 = 'LAPSED' AND session_id IS NULL THEN COALESCE(refused_at, $3) ELSE refused_at END
			WHERE id = $1`, id, p.State, s.now())
		if err != nil {
			return fmt.Errorf("lapse pledge: %w", err)
		}
		if _, err = tx.Exec(ctx, `UPDATE donations SET state = 'FAILED' WHERE pledge_id = $1 AND state = 'PENDING'`, id); err != nil {
			return fmt.Errorf("fail open payments: %w", err)
		}
		return nil
	})
}

// CheckoutClosed records that nothing is to be closed at Stripe any more.
func (s *Store) CheckoutClosed(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE pledges SET expiry_owed_at = NULL WHERE id = $1`, id); err != nil {
			return fmt.Errorf("note closed checkout: %w", err)
		}
		return nil
	})
}

// RereadLater puts off the next look at a page that was still open.
func (s *Store) RereadLater(ctx context.Context, id string, at time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE pledges SET reread_owed_at = $2 WHERE id = $1 AND reread_owed_at IS NOT NULL`, id, at)
		if err != nil {
			return fmt.Errorf("put off reading: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.Missing("pledge")
		}
		return nil
	})
}
