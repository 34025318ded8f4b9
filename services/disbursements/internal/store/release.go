package store

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// releasePayments puts the payments into files, in random order, and owes their
// submission.
func (s *Store) releasePayments(ctx context.Context, tx pgx.Tx, p plan.Plan, fileSize int) error {
	rows, err := tx.Query(ctx, `
		SELECT id FROM payments WHERE plan_id = $1 AND state = 'PENDING' ORDER BY id`, p.ID)
	if err != nil {
		return fmt.Errorf("read payments: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("read payments: %w", err)
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for len(ids) > 0 {
		n := min(max(fileSize, 1), len(ids))
		if err := s.submitInFile(ctx, tx, p.ID, ids[:n]); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// submitInFile begins a file for the payments and owes their submission.
func (s *Store) submitInFile(ctx context.Context, tx pgx.Tx, planID string, payments []string) error {
	file, now := resource.NewID("pf"), s.now()
	if _, err := tx.Exec(ctx, `
		INSERT INTO payment_files (id, plan_id, state, message_id, payments, created_at)
		VALUES ($1, $2, 'COLLECTING', $3, $4, $5)`, file, planID, newBankID(), len(payments), now); err != nil {
		return fmt.Errorf("insert file: %w", err)
	}
	for _, id := range payments {
		if err := exec(ctx, tx, "submit payment", `
			UPDATE payments SET state = 'SUBMITTED', failure = '', file_id = $2, submit_at = $3
			WHERE id = $1 AND state IN ('PENDING', 'FAILED')`, id, file, now); err != nil {
			return err
		}
		if err := s.queue.Enqueue(ctx, tx, DutySubmit, id); err != nil {
			return err
		}
	}
	return nil
}

// newBankID returns a random id of letters and digits for banks, which take no
// underscore.
func newBankID() string { return resource.NewID("x")[2:] }

// cancelPayments takes all payments out of a plan.
func (s *Store) cancelPayments(ctx context.Context, tx pgx.Tx, planID string) error {
	if _, err := tx.Exec(ctx, `
		UPDATE payments SET state = 'CANCELLED' WHERE plan_id = $1 AND state = 'PENDING'`, planID); err != nil {
		return fmt.Errorf("cancel payments: %w", err)
	}
	return freeAwards(ctx, tx, `SELECT id FROM payments WHERE plan_id = $1 AND state = 'CANCELLED'`, planID)
}

// freeAwards makes the awards of payments available again.
func freeAwards(ctx context.Context, tx pgx.Tx, payments string, args ...any) error {
	_, err := tx.Exec(ctx, `
		WITH freed AS (
			UPDATE payment_shares SET live = false WHERE live AND payment_id IN (`+payments+`) RETURNING award_id
		)
		UPDATE awards SET state = 'AVAILABLE' WHERE id IN (SELECT award_id FROM freed)`, args...)
	if err != nil {
		return fmt.Errorf("free awards: %w", err)
	}
	return nil
}
