package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// Refusing is one of the two hands that say that the bank refused a payment.
type Refusing struct {
	PaymentID, Person string
	// Letter is the SHA-256 of the bank's letter.
	Letter []byte
	// Reason is why; for who records it.
	Reason string
	// Leaf is where the log has the person's decision.
	Leaf int64
}

const refusalColumns = `
	SELECT r.number, r.version, r.reason, r.digest, r.recorded_by, r.recorded_on, COALESCE(r.confirmed_by, '') AS confirmed_by,
		COALESCE((SELECT array_agg(DISTINCT d.downloaded_by) FROM attempts a JOIN file_downloads d ON d.file_id = a.file_id
			WHERE a.payment_id = r.payment_id AND a.number = r.number AND d.downloaded_by IS NOT NULL), '{}') AS fetchers, r.payment_id
	FROM payment_refusals r
	WHERE r.number = (SELECT MAX(number) FROM attempts a WHERE a.payment_id = r.payment_id) AND r.payment_id = ANY($1)`

type refusalRow struct {
	PaymentID string
	payment.Refusal
}

// Refusals reads what is recorded of the last attempts of payments, by payment.
func (s *Store) Refusals(ctx context.Context, payments ...string) (map[string]payment.Refusal, error) {
	return refusals(ctx, s.db.Pool, payments...)
}

func refusals(ctx context.Context, q postgres.Querier, payments ...string) (map[string]payment.Refusal, error) {
	rows, err := many[refusalRow](ctx, q, "refusals", refusalColumns, payments)
	byPayment := make(map[string]payment.Refusal, len(rows))
	for _, r := range rows {
		byPayment[r.PaymentID] = r.Refusal
	}
	return byPayment, err
}

// MayRefuse checks that a person may record a refusal, and returns the payment and the
// refusal as it would be recorded.
func (s *Store) MayRefuse(ctx context.Context, r Refusing) (y payment.Payment, recorded payment.Refusal, err error) {
	err = s.rehearsed(ctx, func(ctx context.Context, tx pgx.Tx) error {
		y, recorded, err = s.refuse(ctx, tx, r)
		return err
	})
	return y, recorded, err
}

// Refuse notes that a person records that the bank refused a payment. Nothing else
// changes before somebody else has confirmed it.
func (s *Store) Refuse(ctx context.Context, r Refusing) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, _, err := s.refuse(ctx, tx, r)
		return r.PaymentID, err
	})
	return err
}

func (s *Store) refuse(ctx context.Context, tx pgx.Tx, r Refusing) (payment.Payment, payment.Refusal, error) {
	y, err := s.lockPayment(ctx, tx, r.PaymentID)
	if err != nil {
		return y, payment.Refusal{}, err
	}
	if err := y.May(payment.RecordRefusal, payment.Setting{}); err != nil {
		return y, payment.Refusal{}, err
	}
	// What says that it has left, and how, must be what this service wrote.
	if _, err := s.ownAttempt(ctx, tx, y.ID, y.Attempts); err != nil {
		return y, payment.Refusal{}, err
	}
	recorded := payment.Refusal{
		Number: y.Attempts, Reason: r.Reason, RecordedBy: r.Person, Digest: s.letter(y.ID, y.Attempts, r.Letter, r.Reason),
	}
	err = tx.QueryRow(ctx, `
		INSERT INTO payment_refusals (payment_id, number, version, reason, digest, recorded_by, recorded_on, leaf)
		VALUES ($1, $2, 1, $3, $4, $5, $6, $7)
		ON CONFLICT (payment_id, number) DO UPDATE SET version = payment_refusals.version + 1, reason = $3, digest = $4,
			recorded_by = $5, recorded_on = $6, leaf = $7 WHERE payment_refusals.confirmed_by IS NULL
		RETURNING version`,
		y.ID, y.Attempts, r.Reason, recorded.Digest, r.Person, s.now(), r.Leaf).Scan(&recorded.Version)
	if err != nil {
		return y, recorded, fmt.Errorf("record refusal: %w", err)
	}
	return y, recorded, nil
}

// MayConfirmRefusal checks that a person may confirm a refusal, and returns the payment
// and what was recorded of it.
func (s *Store) MayConfirmRefusal(ctx context.Context, r Refusing) (y payment.Payment, recorded payment.Refusal, err error) {
	err = s.rehearsed(ctx, func(ctx context.Context, tx pgx.Tx) error {
		y, recorded, err = s.confirmRefusal(ctx, tx, r)
		return err
	})
	return y, recorded, err
}

// ConfirmRefusal notes that a second person has the bank's letter as well: the attempt
// has failed, and the ledger is owed the way back of its money.
func (s *Store) ConfirmRefusal(ctx context.Context, r Refusing) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, _, err := s.confirmRefusal(ctx, tx, r)
		return r.PaymentID, err
	})
	return err
}

func (s *Store) confirmRefusal(ctx context.Context, tx pgx.Tx, r Refusing) (payment.Payment, payment.Refusal, error) {
	y, err := s.lockPayment(ctx, tx, r.PaymentID)
	if err != nil {
		return y, payment.Refusal{}, err
	}
	found, err := refusals(ctx, tx, y.ID)
	if err != nil {
		return y, payment.Refusal{}, err
	}
	recorded := found[y.ID]
	if err := y.May(payment.ConfirmRefusal, payment.Setting{Refusal: recorded, Person: r.Person, Now: s.now()}); err != nil {
		return y, recorded, err
	}
	if !bytes.Equal(recorded.Digest, s.letter(y.ID, recorded.Number, r.Letter, recorded.Reason)) {
		return y, recorded, payment.OtherLetter()
	}
	a, err := s.ownAttempt(ctx, tx, y.ID, recorded.Number)
	if err != nil {
		return y, recorded, err
	}
	err = exec(ctx, tx, "confirm refusal", `
		UPDATE payment_refusals SET confirmed_by = $3, confirmed_on = $4, confirming_leaf = $5
		WHERE payment_id = $1 AND number = $2 AND confirmed_by IS NULL`, y.ID, recorded.Number, r.Person, s.now(), r.Leaf)
	if postgres.Violates(err, "payment_refusals_other_person") {
		return y, recorded, payment.RefusedAlone().With(err)
	}
	if err != nil {
		return y, recorded, err
	}
	if err := payment.MoveAttempt(a.State, payment.AttemptFailed); err != nil {
		return y, recorded, err
	}
	return y, recorded, s.failed(ctx, tx, a, recorded.Reason, true)
}

// letter is what the service's secret makes of a letter about an attempt: the bank, who
// has the letter, cannot make it.
func (s *Store) letter(paymentID string, number int, letter []byte, reason string) []byte {
	return s.rows.Sign(rowmac.NewRow("bank's letters", payment.AttemptName(paymentID, number), 1).Bytes(letter).Text(reason))
}
