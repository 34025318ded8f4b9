package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// notItsTurn is the fault of what can be booked only after something else.
func notItsTurn() error {
	return fault.New(fault.Unavailable, fault.ReasonNotItsTurn, "What comes before it is not booked yet.")
}

// waitingPart is a part of a donation, with what of it still waits to clear.
type waitingPart struct {
	FundID       *string
	Amount       int64
	Reserve      int64
	Operations   int64
	Fee          int64
	PromisesFull bool
	Left         int64
	UnderWay     bool // it stands in a clearing run that is not booked
}

// takeBack says out of what an amount of a donation is taken, and notes what of that was
// waiting to clear. The donation must be booked, and so must a clearing of it: until then
// its money is neither here nor there. The caller has locked the donation.
func (s *Store) takeBack(ctx context.Context, tx pgx.Tx, id string, minor int64) ([]back.Part, error) {
	rows, err := postgres.Many(ctx, tx, "parts that go back", pgx.RowToStructByName[waitingPart], `
		SELECT p.fund_id, p.amount, p.reserve, p.operations, p.fee, p.promises_full,
			CASE WHEN i.run_id IS NULL THEN p.clears - p.taken ELSE 0 END AS left,
			i.run_id IS NOT NULL AND r.posted_at IS NULL OR d.posted_at IS NULL AS under_way
		FROM donation_parts AS p JOIN donations AS d ON d.id = p.donation_id
		LEFT JOIN clearing_items AS i ON i.donation_id = p.donation_id AND i.position = p.position
		LEFT JOIN clearing_runs AS r ON r.id = i.run_id
		WHERE p.donation_id = $1 ORDER BY p.position FOR UPDATE OF p`, id)
	if err != nil {
		return nil, err
	}
	parts, left := make([]donation.Part, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		if r.UnderWay {
			return nil, notItsTurn()
		}
		parts[i] = donation.Part{Amount: r.Amount, Reserve: r.Reserve, Operations: r.Operations, Fee: r.Fee, PromisesFull: r.PromisesFull}
		if left[i] = r.Left; r.FundID != nil {
			parts[i].Fund = *r.FundID
		}
	}
	back, gone, err := donation.GoesBack(parts, left, minor)
	if err != nil {
		return nil, err
	}
	q := &pgx.Batch{}
	for i, n := range gone {
		if n > 0 {
			q.Queue(`UPDATE donation_parts SET taken = taken + $3 WHERE donation_id = $1 AND position = $2`, id, i, n)
		}
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return nil, fmt.Errorf("note what goes back: %w", err)
	}
	return back, s.reclear(ctx, tx, id)
}

// giveBack notes that what was waiting to clear is there again, by fund.
func (s *Store) giveBack(ctx context.Context, tx pgx.Tx, id string, waiting map[string]int64) error {
	q := &pgx.Batch{}
	for fund, n := range waiting {
		q.Queue(`UPDATE donation_parts SET taken = greatest(taken - $3, 0) WHERE donation_id = $1 AND fund_id = $2`, id, fund, n)
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("note what came back: %w", err)
	}
	return s.reclear(ctx, tx, id)
}

// inQuestion is the condition for donations AS d that do not clear: a refund or dispute
// of them has not ended.
const inQuestion = `(d.dispute_state IN ('INQUIRY', 'OPEN')
	OR EXISTS (SELECT 1 FROM refunds AS q WHERE q.donation_id = d.id AND q.state IN ('REQUESTED', 'PENDING')))`

// clearsFrom is from when what is left of a part (p) of a booked donation (d) is to
// clear, NULL for never.
const clearsFrom = `CASE WHEN ` + inQuestion + ` OR p.fund_id IS NULL OR p.clears <= p.taken THEN NULL
	ELSE greatest(d.clears_at, d.warned_until) END`

// reclear says from when what is left of a donation clears, after something has changed
// that puts it in question or does so no more. What stands in a clearing run has cleared.
func (s *Store) reclear(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE donation_parts AS p SET clear_owed_at = `+clearsFrom+`
		FROM donations AS d WHERE d.id = $1 AND p.donation_id = d.id AND d.posted_at IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM clearing_items AS i WHERE i.donation_id = p.donation_id AND i.position = p.position)`, id)
	if err != nil {
		return fmt.Errorf("say when a donation clears: %w", err)
	}
	return nil
}

// lockDonation locks a donation, found by a condition over d; NotFound where there is
// none. Clearing runs pass by its parts meanwhile.
func (s *Store) lockDonation(ctx context.Context, tx pgx.Tx, where string, args ...any) (donation.Donation, error) {
	id, err := postgres.One(ctx, tx, "donation", pgx.RowTo[string], `SELECT d.id FROM donations AS d WHERE `+where+` FOR UPDATE`, args...)
	if err != nil {
		return donation.Donation{}, err
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM donation_parts WHERE donation_id = $1 FOR UPDATE`, id); err != nil {
		return donation.Donation{}, fmt.Errorf("lock parts of a donation: %w", err)
	}
	return oneDonation(ctx, tx, `d.id = $1`, id)
}
