package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// SessionExpired records that Stripe's page of a pledge can no longer be paid on; one
// that was never recorded is none of ours any more. NotFound where there is no pledge.
func (s *Store) SessionExpired(ctx context.Context, pledgeID, sessionID string) error {
	if _, err := onePledge(ctx, s.db.Pool, `p.id = $1`, pledgeID); err != nil {
		return err
	}
	id, err := postgres.One(ctx, s.db.Pool, "checkout", pgx.RowTo[string],
		`SELECT id FROM checkouts WHERE pledge_id = $1 AND session_id = $2`, pledgeID, sessionID)
	if fault.OfKind(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.CheckoutExpired(ctx, id)
}

// CheckoutExpired records that a page can no longer be paid on; one that nobody was
// shown ends as refused. A pledge that has no other page to be paid on lapses; a payment
// that was still open then has failed.
func (s *Store) CheckoutExpired(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockPledgeOf, id); err != nil {
			return fmt.Errorf("lock pledge: %w", err)
		}
		tag, err := tx.Exec(ctx, `UPDATE checkouts SET state = CASE state WHEN 'PENDING' THEN 'REFUSED' WHEN 'OPEN' THEN 'EXPIRED' ELSE state END,
			url = NULL, open_owed_at = NULL, expire_owed_at = NULL, reread_owed_at = NULL WHERE id = $1`, id)
		switch {
		case err != nil:
			return fmt.Errorf("expire checkout: %w", err)
		case tag.RowsAffected() == 0:
			return fault.Missing("checkout")
		}
		if _, err := tx.Exec(ctx, lapsePledgeOf, id); err != nil {
			return fmt.Errorf("lapse pledge: %w", err)
		}
		if _, err = tx.Exec(ctx, `UPDATE donations AS d SET state = 'FAILED'
			WHERE d.pledge_id = (SELECT pledge_id FROM checkouts WHERE id = $1) AND d.state = 'PENDING' AND NOT EXISTS (
				SELECT 1 FROM checkouts AS c WHERE c.pledge_id = d.pledge_id AND c.state IN ('PENDING', 'OPEN'))`, id); err != nil {
			return fmt.Errorf("fail open payments: %w", err)
		}
		return nil
	})
}

// CheckoutClosed records that nothing is to be closed at Stripe any more.
func (s *Store) CheckoutClosed(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE checkouts SET expire_owed_at = NULL WHERE id = $1`, id); err != nil {
			return fmt.Errorf("note closed checkout: %w", err)
		}
		return nil
	})
}

// RereadLater puts off the next look at a page that was still open.
func (s *Store) RereadLater(ctx context.Context, id string, at time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE checkouts SET reread_owed_at = $2 WHERE id = $1 AND reread_owed_at IS NOT NULL`, id, at)
		if err != nil {
			return fmt.Errorf("put off reading: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.Missing("checkout")
		}
		return nil
	})
}
