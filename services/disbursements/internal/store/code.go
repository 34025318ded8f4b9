package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/inquiry"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// KeepHandle keeps the hash of the handle under which the family knows a payment.
func (s *Store) KeepHandle(ctx context.Context, id string, hash []byte, byOwner bool) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		y, err := s.lockPayment(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if y.CodeIssued {
			return "", payment.CodeIssued()
		}
		return id, exec(ctx, tx, "keep handle", `
			UPDATE payments SET handle_hash = $2, reported_by_owner = $3 WHERE id = $1`, id, hash, byOwner)
	})
	return err
}

// Try is a payment whose code is about to be judged.
type Try struct {
	Payment payment.Payment
	// Before is the answer of the try before; empty at the first.
	Before payment.Answer
}

// KeepTry finds the payment of a handle and keeps the answer before its code is
// judged; nil where there is none.
func (s *Store) KeepTry(ctx context.Context, handleHash []byte, answer payment.Answer) (try *Try, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		try = nil
		var id string
		var found Try
		err := tx.QueryRow(ctx, `
			SELECT id, COALESCE(tried_answer, '') FROM payments WHERE handle_hash = $1 FOR UPDATE`,
			handleHash).Scan(&id, &found.Before)
		if postgres.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find payment of handle: %w", err)
		}
		if err := exec(ctx, tx, "keep try", `UPDATE payments SET tried_answer = $2 WHERE id = $1`, id, answer); err != nil {
			return err
		}
		if found.Payment, err = s.ownPayment(ctx, tx, `WHERE y.id = $1`, id); err != nil {
			return err
		}
		try = &found
		return postgres.ReplayWrite(ctx, tx)
	})
	return try, err
}

// Answered is an answer as it was noted.
type Answered struct {
	Answer payment.Answer
	On     string
}

// NoteAnswer keeps a family's answer; the first one stays.
func (s *Store) NoteAnswer(ctx context.Context, id string, answer payment.Answer) (a Answered, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		y, err := s.lockPayment(ctx, tx, id)
		if err != nil {
			return err
		}
		state := y.State
		if answer.Confirms() && payment.Move(y.State, payment.Confirmed) == nil {
			state = payment.Confirmed
		}
		if y.Answer == "" {
			if answer == payment.NotReceived {
				if err := s.openInquiry(ctx, tx, id, inquiry.NotReceived); err != nil {
					return err
				}
			}
			if err := exec(ctx, tx, "note answer", `
				UPDATE payments SET answer = $2, answered_on = $3::text::date, state = $4 WHERE id = $1`,
				id, answer, day(s.now()), state); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, `SELECT answer, answered_on::text FROM payments WHERE id = $1`, id).Scan(&a.Answer, &a.On)
	})
	return a, err
}
