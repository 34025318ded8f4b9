package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// duePosted is a part whose donation the ledger has booked.
type duePosted struct {
	FundID   string
	ClearsAt *time.Time // nil while the donation is in question
}

// DonationPosted records that the ledger has booked a donation; its parts are
// owed their clearing from the donation's clearing time on, and where running costs got
// something of it, that is owed to fees that were advanced. advances are those of its
// own fee.
func (s *Store) DonationPosted(ctx context.Context, id string, advances ...donation.Advance) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		parts, err := postgres.Many(ctx, tx, "parts of a posted donation", pgx.RowToStructByName[duePosted], `WITH posted AS (
				UPDATE donations SET posted_at = $2, post_owed_at = NULL
				WHERE id = $1 AND post_owed_at IS NOT NULL RETURNING id, clears_at)
			UPDATE donation_parts AS p SET clear_owed_at = `+clearsFrom+` FROM posted JOIN donations AS d ON d.id = posted.id
			WHERE p.donation_id = posted.id AND p.fund_id IS NOT NULL AND p.clears > 0
			RETURNING p.fund_id, p.clear_owed_at AS clears_at`, id, now)
		if err != nil {
			return fmt.Errorf("note posted donation: %w", err)
		}
		for _, a := range advances {
			if _, err := tx.Exec(ctx, `INSERT INTO fee_advances (donation_id, fund_id, currency, amount)
				SELECT id, $2, currency, $3 FROM donations WHERE id = $1 ON CONFLICT DO NOTHING`, id, a.Fund, a.Amount); err != nil {
				return fmt.Errorf("note advanced fee: %w", err)
			}
		}
		if err := s.oweCover(ctx, tx, id, now); err != nil {
			return err
		}
		for _, p := range parts {
			if p.ClearsAt == nil || p.ClearsAt.After(now) {
				continue // the sweeper finds it when its day has come
			}
			if err := s.queue.Enqueue(ctx, tx, DutyClear, p.FundID); err != nil {
				return err
			}
		}
		return nil
	})
}

// oweCover owes what running costs got of a donation to advanced fees in its currency.
func (s *Store) oweCover(ctx context.Context, tx pgx.Tx, id string, now time.Time) error {
	currencies, err := postgres.Many(ctx, tx, "covering", pgx.RowTo[string], `UPDATE donations AS d SET cover_owed_at = $2
		WHERE d.id = $1 AND d.posted_at = $2 AND EXISTS (
			SELECT 1 FROM donation_parts AS p WHERE p.donation_id = d.id AND p.operations > 0)
		RETURNING d.currency`, id, now)
	if err != nil {
		return fmt.Errorf("owe covering: %w", err)
	}
	for _, currency := range currencies {
		if err := s.queue.Enqueue(ctx, tx, DutyCover, currency); err != nil {
			return err
		}
	}
	return nil
}
