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

// Statements about one checkout ($1). Where both rows are locked the pledge's comes
// first.
const (
	checkoutTables = `checkouts AS c JOIN pledges AS p ON p.id = c.pledge_id`
	lockPledgeOf   = `SELECT id FROM pledges WHERE id = (SELECT pledge_id FROM checkouts WHERE id = $1) FOR UPDATE`
	// lapsePledgeOf ends a pledge that nobody can pay any more.
	lapsePledgeOf = `UPDATE pledges SET state = 'LAPSED' WHERE id = (SELECT pledge_id FROM checkouts WHERE id = $1) AND state = 'PENDING'
		AND NOT EXISTS (SELECT 1 FROM checkouts AS c WHERE c.pledge_id = pledges.id AND c.state IN ('PENDING', 'OPEN'))`
)

// queueCheckout stores a fresh page, which is owed, and its maker's claim.
func queueCheckout(q *pgx.Batch, p pledge.Pledge, c pledge.Checkout) {
	q.Queue(`INSERT INTO checkouts (id, pledge_id, partner_id, number, state, created_at, open_owed_at, claimed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $6)`, c.ID, p.ID, p.Partner, c.Number, c.State, c.CreatedAt)
}

// PledgeOf returns the pledge of a checkout, with that checkout.
func (s *Store) PledgeOf(ctx context.Context, checkoutID string) (pledge.Pledge, error) {
	return pledgeOf(ctx, s.db.Pool, checkoutID)
}

func pledgeOf(ctx context.Context, q postgres.Querier, checkoutID string) (pledge.Pledge, error) {
	return postgres.One(ctx, q, "checkout", toPledge, `SELECT `+pledgeColumns+` FROM `+checkoutTables+` WHERE c.id = $1`, checkoutID)
}

// ClaimCheckout lets one caller at a time make a payment page, and returns its pledge
// as it is then. claimed is false where another caller is making the page, where there
// is one, or where it is given up. A page that is not made after 20 hours ends as
// refused: the processor may have forgotten the first try, so that none can be made.
func (s *Store) ClaimCheckout(ctx context.Context, id string) (p pledge.Pledge, claimed bool, err error) {
	var locked signedPledge
	now := s.now()
	err = s.db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(lockPledgeOf, id)
		q.Queue(`UPDATE checkouts SET state = 'REFUSED', open_owed_at = NULL
			WHERE id = $1 AND state = 'PENDING' AND created_at < $2`, id, now.Add(-repeatFor))
		q.Queue(lapsePledgeOf, id)
		q.Queue(`UPDATE checkouts SET claimed_at = $2
			WHERE id = $1 AND open_owed_at IS NOT NULL AND (claimed_at IS NULL OR claimed_at < $3)
			RETURNING true`, id, now, now.Add(-claimFor)).Query(func(rows pgx.Rows) error {
			claimed = rows.Next()
			rows.Close()
			return rows.Err()
		})
		q.Queue(`SELECT `+pledgeColumns+` FROM `+checkoutTables+` WHERE c.id = $1`, id).Query(func(rows pgx.Rows) (err error) {
			locked, err = pgx.CollectExactlyOneRow(rows, toSigned)
			return err
		})
	}, func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) {
		if claimed { // no page is made of what another hand has written
			return nil, s.kept(ctx, locked)
		}
		return nil, postgres.ReplayWrite(ctx, tx) // the caller answers from the row
	})
	switch {
	case postgres.IsNotFound(err):
		return p, false, fault.Missing("checkout").With(err)
	case err != nil:
		return p, false, fmt.Errorf("claim checkout: %w", err)
	}
	return locked.Pledge, claimed, nil
}

// FreeCheckout gives a claim back after a try that had no effect, or one that
// can be repeated at once.
func (s *Store) FreeCheckout(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE checkouts SET claimed_at = NULL WHERE id = $1 AND session_id IS NULL`, id); err != nil {
			return fmt.Errorf("free checkout: %w", err)
		}
		return nil
	})
}

// RefuseCheckout records that the processor will never make a page, and returns its
// pledge as it is then. A pledge that still waited lapses.
func (s *Store) RefuseCheckout(ctx context.Context, id string) (pledge.Pledge, error) {
	return s.tried(ctx, id, func(q *pgx.Batch, changed func(pgx.Rows) error) {
		q.Queue(lockPledgeOf, id)
		q.Queue(`UPDATE checkouts SET state = 'REFUSED', open_owed_at = NULL, claimed_at = NULL
			WHERE id = $1 AND session_id IS NULL AND state IN ('PENDING', 'EXPIRED') RETURNING expire_owed_at IS NOT NULL`, id).Query(changed)
		q.Queue(lapsePledgeOf, id)
	})
}

// OpenCheckout records what Stripe has made of a page, and returns its pledge as it is
// then. Where the page was given up meanwhile, it is owed the closing.
func (s *Store) OpenCheckout(ctx context.Context, id string, made pledge.Checkout) (pledge.Pledge, error) {
	return s.tried(ctx, id, func(q *pgx.Batch, changed func(pgx.Rows) error) {
		q.Queue(`UPDATE checkouts SET session_id = $2, expires_at = $4,
				state = CASE WHEN state = 'PENDING' THEN 'OPEN' ELSE state END, url = CASE WHEN state = 'PENDING' THEN $3 END,
				open_owed_at = NULL, claimed_at = NULL, reread_owed_at = $5,
				expire_owed_at = CASE WHEN state = 'PENDING' THEN NULL::timestamptz ELSE $6 END
			WHERE id = $1 AND session_id IS NULL RETURNING expire_owed_at IS NOT NULL`,
			id, made.SessionID, made.URL, made.ExpiresAt, made.ExpiresAt.Add(rereadAfter), s.now()).Query(changed)
	})
}

// tried records what became of a try to make a page, unless another try has made
// one: update hands whether the page is owed its closing on, if it has changed it.
func (s *Store) tried(ctx context.Context, id string, update func(q *pgx.Batch, changed func(pgx.Rows) error)) (p pledge.Pledge, err error) {
	var owed []bool
	err = s.db.InTrips(ctx, func(q *pgx.Batch) {
		update(q, func(rows pgx.Rows) (err error) {
			owed, err = pgx.CollectRows(rows, pgx.RowTo[bool])
			return err
		})
		q.Queue(`SELECT `+pledgeColumns+` FROM `+checkoutTables+` WHERE c.id = $1`, id).Query(func(rows pgx.Rows) (err error) {
			p, err = pgx.CollectExactlyOneRow(rows, toPledge)
			return err
		})
	}, func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) {
		switch {
		case len(owed) == 0:
			return nil, postgres.ReplayWrite(ctx, tx)
		case owed[0]:
			return nil, s.queue.Enqueue(ctx, tx, DutyExpire, id)
		}
		return nil, nil
	})
	switch {
	case postgres.IsNotFound(err):
		return p, fault.Missing("checkout").With(err)
	case err != nil:
		return p, fmt.Errorf("record checkout: %w", err)
	}
	return p, nil
}
