package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// ForgetPledge forgets the donor of a pledge, and returns the pledge as it is then. It is
// owed to Stripe and to the key store; a page that could be paid on is owed its closing.
func (s *Store) ForgetPledge(ctx context.Context, id string) (pledge.Pledge, error) {
	read := func(ctx context.Context, id string) (pledge.Pledge, error) { return s.Pledge(ctx, Everything, id) }
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, pledge.Pledge, error) {
		locked, err := s.lockedPledge(ctx, tx, Everything, id)
		if err == nil {
			err = s.kept(ctx, locked)
		}
		if err != nil || locked.ForgottenOn != nil {
			return id, locked.Pledge, err
		}
		p := locked.Forget()
		if _, err := tx.Exec(ctx, `UPDATE pledges SET state = $2, return_url = $3, version = $4, mac = $5, forgotten_on = $6, forget_owed_at = $7 WHERE id = $1`,
			id, p.State, p.ReturnURL, p.Version, s.rows.Sign(promised(p)), s.now(), s.now()); err != nil {
			return "", p, fmt.Errorf("forget pledge: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM mails WHERE pledge_id = $1`, id); err != nil {
			return "", p, fmt.Errorf("forget address: %w", err)
		}
		if err := s.giveUp(ctx, tx, id); err != nil {
			return "", p, err
		}
		if err := s.queue.Enqueue(ctx, tx, DutyForgetDonor, id); err != nil {
			return "", p, err
		}
		now, err := onePledge(ctx, tx, `p.id = $1`, id)
		return id, now.Pledge, err
	}, read)
}

// OwedForgettings lists pledges whose donor Stripe has not forgotten yet.
func (s *Store) OwedForgettings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM pledges WHERE forget_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// Traces are Stripe's ids that lead to whoever gave by a pledge.
type Traces struct {
	// Customer is empty where no card was saved, or Stripe has forgotten it.
	Customer string
	// Sessions are the pages.
	Sessions []string
}

// OwedTraces returns what leads to a donor whom Stripe has not forgotten yet; NotFound
// where it has.
func (s *Store) OwedTraces(ctx context.Context, id string) (t Traces, err error) {
	p, err := onePledge(ctx, s.db.Pool, `p.id = $1 AND p.forget_owed_at IS NOT NULL`, id)
	if err != nil {
		return t, err
	}
	if p.Giving != nil {
		t.Customer = p.Giving.Customer
	}
	t.Sessions, err = postgres.Many(ctx, s.db.Pool, "pages of a pledge", pgx.RowTo[string],
		`SELECT session_id FROM checkouts WHERE pledge_id = $1 AND session_id IS NOT NULL ORDER BY number`, id)
	return t, err
}

// Forgotten records that Stripe has forgotten a donor: no id of theirs is kept, and
// nothing is told to Stripe about them any more.
func (s *Store) Forgotten(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := &pgx.Batch{}
		q.Queue(`UPDATE givings SET customer_id = '', method_id = '', old_method_id = NULL, subscription_id = NULL, next_at = NULL, move_to = NULL,
			paused_until = NULL, trouble = '', pay_url = NULL, tell_owed_at = NULL WHERE pledge_id = $1`, id)
		q.Queue(`UPDATE pledges SET forget_owed_at = NULL WHERE id = $1 AND forgotten_on IS NOT NULL`, id)
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("note that a donor is forgotten: %w", err)
		}
		return nil
	})
}

// ForgetAgain owes it to Stripe once more to forget a donor, where they had themselves
// forgotten: a page that was being made then has come after it.
func (s *Store) ForgetAgain(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE pledges SET forget_owed_at = $2 WHERE id = $1 AND forgotten_on IS NOT NULL AND forget_owed_at IS NULL`, id, s.now())
		if err != nil {
			return fmt.Errorf("owe forgetting: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return s.queue.Enqueue(ctx, tx, DutyForgetDonor, id)
	})
}
