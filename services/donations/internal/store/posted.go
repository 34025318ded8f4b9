package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// duePosted is a part whose donation the ledger has booked.
type duePosted struct {
	FundID   string
	ClearsAt time.Time
}

// DonationPosted records that the ledger has booked a donation; its parts are
// owed their clearing from the donation's clearing time on.
func (s *Store) DonationPosted(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		parts, err := postgres.Many(ctx, tx, "parts of a posted donation", pgx.RowToStructByName[duePosted], `WITH posted AS (
				UPDATE donations SET posted_at = $2, post_owed_at = NULL
				WHERE id = $1 AND post_owed_at IS NOT NULL RETURNING id, clears_at)
			UPDATE donation_parts AS p SET clear_owed_at = posted.clears_at FROM posted
			WHERE p.donation_id = posted.id AND p.fund_id IS NOT NULL AND p.clears > 0
			RETURNING p.fund_id, posted.clears_at`, id, now)
		if err != nil {
			return fmt.Errorf("note posted donation: %w", err)
		}
		for _, p := range parts {
			if p.ClearsAt.After(now) {
				continue // the sweeper finds it when its day has come
			}
			if err := s.queue.Enqueue(ctx, tx, DutyClear, p.FundID); err != nil {
				return err
			}
		}
		return nil
	})
}
