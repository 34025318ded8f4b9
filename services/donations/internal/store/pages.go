package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Checkout returns a pledge within scope with one of its checkouts.
func (s *Store) Checkout(ctx context.Context, scope Scope, pledgeID, id string) (pledge.Pledge, error) {
	p, err := postgres.One(ctx, s.db.Pool, "checkout", toSigned, `SELECT `+pledgeColumns+` FROM `+checkoutTables+`
		WHERE c.id = $1 AND p.id = $2 AND ($3 = '' OR p.partner_id = $3)`, id, pledgeID, scope)
	if err == nil {
		err = s.kept(ctx, p)
	}
	return p.Pledge, err
}

// Checkouts lists a pledge, or any, once with each of its checkouts, newest first.
func (s *Store) Checkouts(ctx context.Context, scope Scope, pledgeID string, p page.Page) ([]pledge.Pledge, error) {
	return listing.Rows(ctx, s.db.Pool, "checkouts", toPledge, `SELECT `+pledgeColumns+` FROM `+checkoutTables,
		checkoutList(), p, listing.Under("c.pledge_id", pledgeID), scope.within("c.partner_id"))
}

// AddCheckout stores a further page of a pledge that waits for its money, and returns
// the pledge with it. The page before is given up. Where that is not even made, the
// pledge is returned with it, and fresh is false: the caller has claimed nothing.
func (s *Store) AddCheckout(ctx context.Context, scope Scope, pledgeID string) (p pledge.Pledge, fresh bool, err error) {
	p, err = once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, pledge.Pledge, error) {
		locked, err := s.lockedPledge(ctx, tx, scope, pledgeID)
		if err == nil {
			err = s.kept(ctx, locked)
		}
		p := locked.Pledge
		if err != nil || p.Waits() {
			fresh = false
			return p.Checkout.ID, p, err
		}
		next, err := p.NextCheckout(s.now())
		if err != nil {
			return "", p, err
		}
		if err := s.giveUp(ctx, tx, pledgeID); err != nil {
			return "", p, err
		}
		q := &pgx.Batch{}
		queueCheckout(q, p, next)
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return "", p, fmt.Errorf("insert checkout: %w", err)
		}
		p.Checkout, fresh = next, true
		return next.ID, p, nil
	}, s.PledgeOf)
	return p, fresh, err
}

// lockedPledge reads a pledge that nobody else changes meanwhile: the second statement
// sees what those have done whom the first has waited for.
func (s *Store) lockedPledge(ctx context.Context, tx pgx.Tx, scope Scope, id string) (signedPledge, error) {
	if _, err := tx.Exec(ctx, `SELECT id FROM pledges WHERE id = $1 FOR UPDATE`, id); err != nil {
		return signedPledge{}, fmt.Errorf("lock pledge: %w", err)
	}
	return onePledge(ctx, tx, `p.id = $1 AND ($2 = '' OR p.partner_id = $2)`, id, scope)
}

// CancelPledge ends a pledge that is not paid, and returns it as it stands, whatever
// another hand has written: a stop acts. Its page is owed the closing.
func (s *Store) CancelPledge(ctx context.Context, scope Scope, id string) (pledge.Pledge, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, pledge.Pledge, error) {
		locked, err := s.lockedPledge(ctx, tx, scope, id)
		p := locked.Pledge
		if err != nil {
			return "", p, err
		}
		if _, err := p.State.Move(pledge.Cancelled); err != nil || p.State == pledge.Cancelled {
			return id, p, err
		}
		if _, err := tx.Exec(ctx, `UPDATE pledges SET state = $2 WHERE id = $1`, id, pledge.Cancelled); err != nil {
			return "", p, fmt.Errorf("cancel pledge: %w", err)
		}
		if err := s.giveUp(ctx, tx, id); err != nil {
			return "", p, err
		}
		if err := s.endGiving(ctx, tx, id); err != nil {
			return "", p, err
		}
		now, err := onePledge(ctx, tx, `p.id = $1`, id)
		return id, now.Pledge, err
	}, func(ctx context.Context, id string) (pledge.Pledge, error) {
		p, err := onePledge(ctx, s.db.Pool, `p.id = $1`, id)
		return p.Pledge, err
	})
}

// giveUp ends the page of a pledge that could still be paid on, and owes its closing
// where Stripe has made it.
func (s *Store) giveUp(ctx context.Context, tx pgx.Tx, pledgeID string) error {
	ids, err := postgres.Many(ctx, tx, "checkouts to close", pgx.RowTo[*string], `UPDATE checkouts
		SET state = 'EXPIRED', url = NULL, open_owed_at = NULL, expire_owed_at = CASE WHEN session_id IS NOT NULL THEN $2::timestamptz END
		WHERE pledge_id = $1 AND state IN ('PENDING', 'OPEN') RETURNING CASE WHEN session_id IS NOT NULL THEN id END`, pledgeID, s.now())
	if err != nil {
		return fmt.Errorf("give up checkouts: %w", err)
	}
	return s.closePages(ctx, tx, ids)
}
