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

// ClaimCheckout lets one caller at a time make a pledge's payment page. It
// returns false where somebody else is at it, or the page is there already. A
// pledge whose page could not be made for 20 hours lapses: after that the
// processor may have forgotten the first try.
func (s *Store) ClaimCheckout(ctx context.Context, id string) (claimed bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		if _, err := tx.Exec(ctx, `UPDATE pledges SET state = 'LAPSED', checkout_owed_at = NULL
			WHERE id = $1 AND checkout_owed_at IS NOT NULL AND created_at < $2 AND state = 'PENDING'`, id, now.Add(-repeatFor)); err != nil {
			return fmt.Errorf("give up checkout: %w", err)
		}
		tag, err := tx.Exec(ctx, `UPDATE pledges SET checkout_claimed_at = $2
			WHERE id = $1 AND checkout_owed_at IS NOT NULL AND (checkout_claimed_at IS NULL OR checkout_claimed_at < $3)`,
			id, now, now.Add(-claimFor))
		if err != nil {
			return fmt.Errorf("claim checkout: %w", err)
		}
		claimed = tag.RowsAffected() == 1
		return nil
	})
	return claimed, err
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

// RefuseCheckout lapses a pledge of which the processor will never take a
// payment.
func (s *Store) RefuseCheckout(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE pledges SET state = 'LAPSED', checkout_owed_at = NULL, checkout_claimed_at = NULL
			WHERE id = $1 AND state = 'PENDING' AND session_id IS NULL`, id)
		if err != nil {
			return fmt.Errorf("refuse checkout: %w", err)
		}
		return nil
	})
}

// OpenCheckout records the payment page. Where the pledge has ended meanwhile,
// the page is owed its closing.
func (s *Store) OpenCheckout(ctx context.Context, id string, c pledge.Checkout) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var expire bool
		err := tx.QueryRow(ctx, `UPDATE pledges SET session_id = $2, checkout_expires_at = $4,
				checkout_url = CASE WHEN state = 'PENDING' THEN $3 END,
				checkout_owed_at = NULL, checkout_claimed_at = NULL, reread_owed_at = $5,
				expiry_owed_at = CASE WHEN state = 'PENDING' THEN NULL::timestamptz ELSE $6 END
			WHERE id = $1 AND session_id IS NULL RETURNING expiry_owed_at IS NOT NULL`,
			id, c.SessionID, c.URL, c.ExpiresAt, c.ExpiresAt.Add(rereadAfter), s.now()).Scan(&expire)
		switch {
		case postgres.IsNotFound(err):
			return postgres.ReplayWrite(ctx, tx)
		case err != nil:
			return fmt.Errorf("record checkout: %w", err)
		case expire:
			return s.queue.Enqueue(ctx, tx, DutyExpire, id)
		}
		return nil
	})
}

// CancelPledge ends a pledge that is not paid; its page is owed its closing.
func (s *Store) CancelPledge(ctx context.Context, scope Scope, id string) (string, error) {
	return s.once(ctx, func(ctx context.Context, tx pgx.Tx) (string, error) {
		p, err := onePledge(ctx, tx, `id = $1 AND ($2 = '' OR partner_id = $2) FOR UPDATE`, id, scope)
		if err != nil {
			return "", err
		}
		if _, err := p.State.Move(pledge.Cancelled); err != nil || p.State == pledge.Cancelled {
			return "pledges/" + id, err
		}
		var expire bool
		err = tx.QueryRow(ctx, `UPDATE pledges SET state = 'CANCELLED', checkout_url = NULL, checkout_owed_at = NULL,
				expiry_owed_at = CASE WHEN session_id IS NOT NULL THEN $2::timestamptz END
			WHERE id = $1 RETURNING expiry_owed_at IS NOT NULL`, id, s.now()).Scan(&expire)
		if err != nil {
			return "", fmt.Errorf("cancel pledge: %w", err)
		}
		if expire {
			err = s.queue.Enqueue(ctx, tx, DutyExpire, id)
		}
		return "pledges/" + id, err
	})
}

// CheckoutExpired records that a page can no longer be paid on. A pledge that
// still waited lapses; a payment that was still open has failed.
func (s *Store) CheckoutExpired(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		p, err := onePledge(ctx, tx, `id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		if !p.State.Ended() {
			if p.State, err = p.State.Move(pledge.Lapsed); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE pledges SET state = $2, checkout_url = NULL, expiry_owed_at = NULL, reread_owed_at = NULL
			WHERE id = $1`, id, pledgeStates[p.State])
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
