package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// OwedDonation returns a donation that the ledger has still to be told about;
// NotFound where it has been.
func (s *Store) OwedDonation(ctx context.Context, id string) (donation.Donation, error) {
	list, err := donations(ctx, s.db.Pool, `d.id = $1 AND d.post_owed_at IS NOT NULL`, id)
	if err != nil {
		return donation.Donation{}, err
	}
	if len(list) == 0 {
		return donation.Donation{}, fault.Missing("donation")
	}
	return list[0], nil
}

// DonationPosted records that the ledger has booked a donation; its parts are
// owed their clearing from the donation's clearing time on.
func (s *Store) DonationPosted(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		rows, err := tx.Query(ctx, `WITH posted AS (
				UPDATE donations SET posted_at = $2, post_owed_at = NULL
				WHERE id = $1 AND post_owed_at IS NOT NULL RETURNING id, currency, clears_at)
			UPDATE donation_parts AS p SET clear_owed_at = posted.clears_at FROM posted
			WHERE p.donation_id = posted.id AND p.fund_id IS NOT NULL AND p.clears > 0
			RETURNING p.fund_id || '/' || posted.currency AS account, posted.clears_at`, id, now)
		if err != nil {
			return fmt.Errorf("note posted donation: %w", err)
		}
		type due struct {
			Account  string
			ClearsAt time.Time
		}
		parts, err := pgx.CollectRows(rows, pgx.RowToStructByName[due])
		if err != nil {
			return fmt.Errorf("note posted donation: %w", err)
		}
		for _, p := range parts {
			if p.ClearsAt.After(now) {
				continue // the sweeper finds it when its day has come
			}
			if err := s.queue.Enqueue(ctx, tx, DutyClear, p.Account); err != nil {
				return err
			}
		}
		return nil
	})
}
