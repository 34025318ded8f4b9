package store

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// releasePayments owes the submission of the payments, in random order; where the
// rail has files, fileSize of them go into each.
func (s *Store) releasePayments(ctx context.Context, tx pgx.Tx, p plan.Plan, fileSize int) error {
	ids, err := postgres.Many(ctx, tx, "payments", pgx.RowTo[string], `
		SELECT id FROM payments WHERE plan_id = $1 AND state = 'PENDING' ORDER BY id`, p.ID)
	if err != nil {
		return err
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	if fileSize == 0 {
		return s.submitPayments(ctx, tx, ids, "")
	}
	for len(ids) > 0 {
		n := min(fileSize, len(ids))
		file, err := s.beginFile(ctx, tx, p.ID, n)
		if err != nil {
			return err
		}
		if err := s.submitPayments(ctx, tx, ids[:n], file); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (s *Store) beginFile(ctx context.Context, tx pgx.Tx, planID string, payments int) (id string, err error) {
	id = resource.NewID(resource.KindPaymentFile)
	if _, err := tx.Exec(ctx, `
		INSERT INTO payment_files (id, plan_id, state, message_digest, payments, created_at)
		VALUES ($1, $2, 'COLLECTING', $3, $4, $5)`, id, planID, s.digested(s.messageID(id)), payments, s.now()); err != nil {
		return "", fmt.Errorf("insert file: %w", err)
	}
	return id, nil
}

// submitPayments owes the submission of payments, into a file where it is given.
func (s *Store) submitPayments(ctx context.Context, tx pgx.Tx, payments []string, file string) error {
	for _, id := range payments {
		if err := exec(ctx, tx, "submit payment", `
			UPDATE payments SET state = 'SUBMITTED', failure = '', file_id = NULLIF($2, ''), submit_at = $3, sent_on = NULL, told_on = NULL
			WHERE id = $1 AND state IN ('PENDING', 'FAILED')`, id, file, s.now()); err != nil {
			return err
		}
		if err := s.queue.Enqueue(ctx, tx, DutySubmit, id); err != nil {
			return err
		}
	}
	return nil
}

// submitted is set where a payment's submission is owed no longer: only the day stays.
// What moves on is not overdue.
const submitted = `submit_at = date_trunc('day', submit_at, 'UTC'), overdue = false`

// cancelPayments takes all payments out of a plan.
func (s *Store) cancelPayments(ctx context.Context, tx pgx.Tx, planID string) error {
	if _, err := tx.Exec(ctx, `
		UPDATE payments SET state = 'CANCELLED' WHERE plan_id = $1 AND state = 'PENDING'`, planID); err != nil {
		return fmt.Errorf("cancel payments: %w", err)
	}
	return s.freeAwards(ctx, tx, `SELECT id FROM payments WHERE plan_id = $1 AND state = 'CANCELLED'`, planID)
}
