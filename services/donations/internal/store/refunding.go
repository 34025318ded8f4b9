package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// OwedStarts lists refunds whose money has to be set aside.
func (s *Store) OwedStarts(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM refunds WHERE start_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedSends lists refunds that Stripe has to be asked for.
func (s *Store) OwedSends(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM refunds WHERE send_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedUndos lists refunds whose money has to go back to its funds.
func (s *Store) OwedUndos(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM refunds WHERE undo_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedRefund returns a refund that owes a duty, whose column is given, as somebody has
// decided it; NotFound where it does not (any more), ROW_CHANGED where another hand did.
func (s *Store) OwedRefund(ctx context.Context, id, column string) (refund.Refund, error) {
	r, err := postgres.One(ctx, s.db.Pool, "refund", toSignedRefund, `SELECT `+refundColumns+` FROM `+refundTables+`
		WHERE r.id = $1 AND r.`+pgx.Identifier{column}.Sanitize()+` IS NOT NULL`, id)
	if err == nil {
		err = s.rows.Check(ctx, r.decided(), r.mac)
	}
	return r.Refund, err
}

// The columns of what a refund owes.
const (
	StartOwed = "start_owed_at"
	SendOwed  = "send_owed_at"
	UndoOwed  = "undo_owed_at"
)

// PrepareRefund says out of what the money of a refund is set aside, once, and returns it.
func (s *Store) PrepareRefund(ctx context.Context, id string) (r refund.Refund, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		d, err := s.lockDonation(ctx, tx, `d.id = (SELECT donation_id FROM refunds WHERE id = $1)`, id)
		if err != nil {
			return err
		}
		r, err = postgres.One(ctx, tx, "refund", toRefund, `SELECT `+refundColumns+` FROM `+refundTables+` WHERE r.id = $1 FOR UPDATE OF r`, id)
		if err != nil || len(r.Back) > 0 {
			return err
		}
		if r.Settled, err = settledPart(d, r.Amount); err != nil {
			return err
		}
		if r.Back, err = s.takeBack(ctx, tx, d.ID, r.Settled.MinorUnits); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE refunds SET settled = $2, back = $3 WHERE id = $1`, id, r.Settled.MinorUnits, r.Back); err != nil {
			return fmt.Errorf("prepare refund: %w", err)
		}
		return nil
	})
	return r, err
}

// ShrinkRefund leaves of what is set aside for a refund only what waits of its gift to
// clear, and returns it.
func (s *Store) ShrinkRefund(ctx context.Context, id string) (r refund.Refund, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err = postgres.One(ctx, tx, "refund", toRefund, `SELECT `+refundColumns+` FROM `+refundTables+` WHERE r.id = $1 FOR UPDATE OF r`, id)
		if err != nil {
			return err
		}
		r.Back = slices.DeleteFunc(r.Back, func(b back.Part) bool { return b.Cleared })
		r.Settled.MinorUnits = 0
		for _, b := range r.Back {
			r.Settled.MinorUnits += b.Minor
		}
		if _, err := tx.Exec(ctx, `UPDATE refunds SET settled = $2, back = $3 WHERE id = $1`, id, r.Settled.MinorUnits, notNil(r.Back)); err != nil {
			return fmt.Errorf("shrink refund: %w", err)
		}
		return nil
	})
	return r, err
}

// settledPart is what an amount of the charge came to when it was settled.
func settledPart(d donation.Donation, amount money.Amount) (money.Amount, error) {
	if d.Settled == nil {
		return money.Amount{}, notItsTurn()
	}
	if d.Settled.Gross == d.Charged {
		return amount, nil
	}
	parts, err := money.Split(d.Settled.Gross.MinorUnits, []int64{amount.MinorUnits, d.Charged.MinorUnits - amount.MinorUnits})
	if err != nil {
		return money.Amount{}, fmt.Errorf("settle refund: %w", err)
	}
	return money.Amount{MinorUnits: max(parts[0], 1), Currency: d.Settled.Gross.Currency}, nil
}

// RefundStarted records that the ledger has set the money aside; Stripe is asked next.
func (s *Store) RefundStarted(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		tag, err := tx.Exec(ctx, `UPDATE refunds SET started_at = $2, start_owed_at = NULL, send_owed_at = $2
			WHERE id = $1 AND start_owed_at IS NOT NULL`, id, now)
		if err != nil {
			return fmt.Errorf("note started refund: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return s.queue.Enqueue(ctx, tx, DutySendRefund, id)
	})
}

// RefundAsked notes when Stripe was first asked for a refund, and returns it.
func (s *Store) RefundAsked(ctx context.Context, id string) (at time.Time, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `UPDATE refunds SET sent_at = COALESCE(sent_at, $2) WHERE id = $1 RETURNING sent_at`, id, s.now()).Scan(&at)
	})
	if err != nil {
		return at, fmt.Errorf("note asked refund: %w", err)
	}
	return at, nil
}

// RefundRefused records that a refund will not be made, and why. What was set aside for
// it is owed back; where nothing was, its gift goes on as before.
func (s *Store) RefundRefused(ctx context.Context, id, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		d, err := s.lockDonation(ctx, tx, `d.id = (SELECT donation_id FROM refunds WHERE id = $1)`, id)
		if err != nil {
			return err
		}
		r, err := postgres.One(ctx, tx, "refund", toRefund, `SELECT `+refundColumns+` FROM `+refundTables+` WHERE r.id = $1 FOR UPDATE OF r`, id)
		if err != nil || r.State != refund.Pending {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE refunds SET state = 'FAILED', reason = $2, start_owed_at = NULL, send_owed_at = NULL,
				undo_owed_at = CASE WHEN started_at IS NOT NULL THEN $3::timestamptz END WHERE id = $1`, id, reason, s.now()); err != nil {
			return fmt.Errorf("refuse refund: %w", err)
		}
		if r.StartedAt == nil {
			return s.giveBack(ctx, tx, d.ID, back.Waiting(r.Back))
		}
		if err := s.reclear(ctx, tx, d.ID); err != nil {
			return err
		}
		return s.queue.Enqueue(ctx, tx, DutyUndoRefund, id)
	})
}

// RefundUndone records that the ledger has given back what was set aside: what was
// waiting to clear waits again.
func (s *Store) RefundUndone(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		d, err := s.lockDonation(ctx, tx, `d.id = (SELECT donation_id FROM refunds WHERE id = $1)`, id)
		if err != nil {
			return err
		}
		undone, err := postgres.Many(ctx, tx, "undone refund", toRefund, `WITH undone AS (
				UPDATE refunds SET undo_owed_at = NULL WHERE id = $1 AND undo_owed_at IS NOT NULL RETURNING id)
			SELECT `+refundColumns+` FROM `+refundTables+` JOIN undone ON undone.id = r.id`, id)
		if err != nil || len(undone) == 0 {
			return err
		}
		return s.giveBack(ctx, tx, d.ID, back.Waiting(undone[0].Back))
	})
}

// RecordRefund writes down what one look at a refund of Stripe's said, and returns it: ours,
// by the reference that we gave it, or one that somebody has begun there. NotFound
// where it is of no donation.
func (s *Store) RecordRefund(ctx context.Context, r refund.Reading) (known refund.Refund, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		d, err := s.lockDonation(ctx, tx, `d.charge_id = $1 OR d.charge_id IS NOT NULL AND d.intent_id = NULLIF($2, '')`, r.Charge, r.Intent)
		if err != nil {
			return err
		}
		list, err := postgres.Many(ctx, tx, "refund", toRefund, `SELECT `+refundColumns+` FROM `+refundTables+`
			WHERE r.donation_id = $1 AND (r.stripe_id = $2 OR r.stripe_id IS NULL AND r.id = $3) FOR UPDATE OF r`, d.ID, r.StripeID, r.Reference)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			known = refund.Refund{
				ID: resource.NewID(resource.KindRefund), Donation: d.ID, Partner: d.Partner, State: r.State, Origin: refund.Stripe,
				Amount: r.Amount, StripeID: r.StripeID, Reason: r.Reason, CreatedAt: s.now(),
			}
			if err := s.addRefund(ctx, tx, signedRefund{known, "", 1, nil}, r.StripeID); err != nil {
				return err
			}
		} else if known, err = s.readAgain(ctx, tx, list[0], r); err != nil {
			return err
		}
		return s.sumUpRefunds(ctx, tx, d.ID)
	})
	return known, err
}

// readAgain writes down what a look at a known refund said.
func (s *Store) readAgain(ctx context.Context, tx pgx.Tx, known refund.Refund, r refund.Reading) (refund.Refund, error) {
	if known.StripeID = r.StripeID; known.State.Follows(r.State) {
		known.State, known.Reason = r.State, r.Reason
	}
	undo := known.State == refund.Failed && known.StartedAt != nil && !r.Moved
	tag, err := tx.Exec(ctx, `UPDATE refunds SET stripe_id = $2, state = $3, reason = $4, send_owed_at = NULL,
			undo_owed_at = CASE WHEN $5 AND state <> 'FAILED' THEN $6::timestamptz ELSE undo_owed_at END
		WHERE id = $1 AND (stripe_id, state) IS DISTINCT FROM ($2, $3)`, known.ID, r.StripeID, known.State, known.Reason, undo, s.now())
	if err != nil {
		return known, fmt.Errorf("record refund: %w", err)
	}
	if tag.RowsAffected() == 0 || !undo {
		return known, nil
	}
	return known, s.queue.Enqueue(ctx, tx, DutyUndoRefund, known.ID)
}

// sumUpRefunds writes down how much of a donation's charge has gone back.
func (s *Store) sumUpRefunds(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE donations SET refunded = (
		SELECT COALESCE(sum(amount), 0) FROM refunds WHERE donation_id = $1 AND state = 'SUCCEEDED') WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("sum up refunds: %w", err)
	}
	return s.reclear(ctx, tx, id)
}
