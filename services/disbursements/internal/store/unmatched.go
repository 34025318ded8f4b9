package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Unmatched is a line that no attempt explains.
type Unmatched struct {
	ID          string
	StatementID string
	Sender      string
	Currency    string
	Minor       int64
	Credit      bool
	BookedOn    string
	BankCode    string
	Reason      string
	Posted      bool
	// GiftRef is the fund's reference that its sender wrote, Gift the name of the gift that
	// it is; empty for others.
	GiftRef, Gift string
	// Payout is the name of the payout of Stripe that it is, empty for others.
	Payout    string
	CreatedAt time.Time
}

const unmatchedColumns = `
	SELECT u.id, u.statement_id, s.sender, s.currency, l.minor_units AS minor, l.credit,
		l.booked_on::text AS booked_on, l.bank_code, u.reason, u.posted_at IS NOT NULL AS posted, u.payout, u.gift_ref, u.gift, u.created_at
	FROM unmatched_lines u
	JOIN statement_lines l ON l.statement_id = u.statement_id AND l.number = u.number
	JOIN statements s ON s.id = u.statement_id `

// UnmatchedLine reads one unmatched line.
func (s *Store) UnmatchedLine(ctx context.Context, id string) (Unmatched, error) {
	return one[Unmatched](ctx, s.db.Pool, "unmatched line", unmatchedColumns+`WHERE u.id = $1`, id)
}

// UnmatchedLines lists unmatched lines, newest first.
func (s *Store) UnmatchedLines(ctx context.Context, p page.Page) ([]Unmatched, error) {
	return list[Unmatched](ctx, s, "unmatched lines", unmatchedColumns, unmatchedList(), p)
}

// NoteSuspense notes that the ledger holds a line as suspense.
func (s *Store) NoteSuspense(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE unmatched_lines SET posted_at = $2, created_at = date_trunc('day', created_at, 'UTC') WHERE id = $1 AND posted_at IS NULL`, id, s.now())
		return err
	})
}

// NoteGift notes that a line is a gift by bank transfer, which donations books.
func (s *Store) NoteGift(ctx context.Context, id, gift string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE unmatched_lines SET posted_at = $2, gift = $3, created_at = date_trunc('day', created_at, 'UTC')
			WHERE id = $1 AND posted_at IS NULL`, id, s.now(), gift)
		return err
	})
}

// NotePayout notes that a line is a payout of Stripe, which donations books.
func (s *Store) NotePayout(ctx context.Context, id, payout string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE unmatched_lines SET posted_at = $2, payout = $3, created_at = date_trunc('day', created_at, 'UTC')
			WHERE id = $1 AND posted_at IS NULL`, id, s.now(), payout)
		return err
	})
}

// OwedSuspense lists unmatched lines whose posting is owed.
func (s *Store) OwedSuspense(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM unmatched_lines WHERE posted_at IS NULL AND created_at < $1 AND id > $2
		ORDER BY id LIMIT $3`, before, after, limit)
}
