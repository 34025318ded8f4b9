package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
)

// lockPaymentsOf locks the payments that are in a file, in one order: every change of an
// attempt holds its payment's row, and holds it before that of the file.
func lockPaymentsOf(ctx context.Context, tx pgx.Tx, fileID string) error {
	if _, err := tx.Exec(ctx, `
		SELECT 1 FROM payments WHERE id IN (SELECT payment_id FROM file_lines WHERE file_id = $1)
		ORDER BY id FOR UPDATE`, fileID); err != nil {
		return fmt.Errorf("lock payments of file: %w", err)
	}
	return nil
}

// inFile reads the attempts that are in a file, none of which another hand has changed.
func (s *Store) inFile(ctx context.Context, tx pgx.Tx, fileID string) ([]attemptRow, error) {
	return s.ownAttempts(ctx, tx, `
		JOIN file_lines l ON l.payment_id = a.payment_id AND l.number = a.number
		WHERE l.file_id = $1 ORDER BY a.payment_id`, fileID)
}

// leave notes that the payments of a file have left with it: what was fetched may be
// paid. One that a statement, or an earlier fetching, knows of stays as it is.
func (s *Store) leave(ctx context.Context, tx pgx.Tx, fileID string) error {
	inside, err := s.inFile(ctx, tx, fileID)
	if err != nil {
		return err
	}
	for _, a := range inside {
		if payment.MoveAttempt(a.State, payment.AttemptSent) != nil {
			continue
		}
		to := a.Attempt
		to.State = payment.AttemptSent
		if err := s.changeAttempt(ctx, tx, "send attempt", a, to); err != nil {
			return err
		}
		if err := exec(ctx, tx, "send payment", `
			UPDATE payments SET state = 'SENT', failure = '', sent_on = $2, `+submitted+` WHERE id = $1 AND state = 'SUBMITTED'`, a.PaymentID, s.now()); err != nil {
			return err
		}
	}
	return nil
}
