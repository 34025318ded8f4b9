package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
)

// duePosted is a part whose donation the ledger has booked.
type duePosted struct {
	FundID   string
	ClearsAt *time.Time // nil while the donation is in question
}

// DonationsPosted records that the ledger has booked donations; their parts are
// owed their clearing from the donation's clearing time on, and where running costs got
// something of one, that is owed to fees that were advanced. Advances are those of their
// own fees, by donation.
func (s *Store) DonationsPosted(ctx context.Context, ids []string, advances map[string][]donation.Advance) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		var parts []duePosted
		var covers []string
		q := &pgx.Batch{}
		q.Queue(byIndex)
		q.Queue(`WITH posted AS (
				UPDATE donations SET posted_at = $2, post_owed_at = NULL
				WHERE id = ANY($1) AND post_owed_at IS NOT NULL RETURNING id, clears_at)
			UPDATE donation_parts AS p SET clear_owed_at = `+clearsFrom+` FROM posted JOIN donations AS d ON d.id = posted.id
			WHERE p.donation_id = posted.id AND p.fund_id IS NOT NULL AND p.clears > 0
			RETURNING p.fund_id, p.clear_owed_at AS clears_at`, ids, now).Query(func(rows pgx.Rows) (err error) {
			parts, err = pgx.CollectRows(rows, pgx.RowToStructByName[duePosted])
			return err
		})
		queueAdvances(q, advances)
		queueCovers(q, ids, now, &covers)
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("note posted donations: %w", err)
		}
		for _, currency := range covers {
			if err := s.queue.Enqueue(ctx, tx, DutyCover, currency); err != nil {
				return err
			}
		}
		for _, fund := range dueNow(parts, now) {
			if err := s.queue.Enqueue(ctx, tx, DutyClear, fund); err != nil {
				return err
			}
		}
		return nil
	})
}

// dueNow are the funds of parts that clear already; the sweeper finds the others when
// their day has come.
func dueNow(parts []duePosted, now time.Time) (funds []string) {
	for _, p := range parts {
		if p.ClearsAt != nil && !p.ClearsAt.After(now) && !slices.Contains(funds, p.FundID) {
			funds = append(funds, p.FundID)
		}
	}
	return funds
}

// queueAdvances notes the fees that were advanced for donations.
func queueAdvances(q *pgx.Batch, advances map[string][]donation.Advance) {
	for id, list := range advances {
		for _, a := range list {
			q.Queue(`INSERT INTO fee_advances (donation_id, fund_id, currency, amount)
				SELECT id, $2, currency, $3 FROM donations WHERE id = $1 ON CONFLICT DO NOTHING`, id, a.Fund, a.Amount)
		}
	}
}

// queueCovers owes what running costs got of donations to advanced fees in their currency,
// and tells the currencies.
func queueCovers(q *pgx.Batch, ids []string, now time.Time, currencies *[]string) {
	q.Queue(`WITH owing AS (UPDATE donations AS d SET cover_owed_at = $2
			WHERE d.id = ANY($1) AND d.posted_at = $2 AND EXISTS (
				SELECT 1 FROM donation_parts AS p WHERE p.donation_id = d.id AND p.operations > 0)
			RETURNING d.currency)
		SELECT DISTINCT currency FROM owing ORDER BY currency`, ids, now).Query(func(rows pgx.Rows) (err error) {
		*currencies, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
}
