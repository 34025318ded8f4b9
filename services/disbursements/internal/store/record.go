package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// Said is what a person says about a payment that was carried out by hand.
type Said struct {
	PaymentID, Person string
	// Verb is how they say it, Way what the payment's rail has them say.
	Verb payment.Verb
	Way  payment.Way
	// On is the day, "2026-11-24".
	On string
	// Evidence is the SHA-256 of what proves it, Transaction the id of the transaction,
	// empty where there is none.
	Evidence    []byte
	Transaction string
	// Correct says that what was recorded before is wrong.
	Correct bool
}

// recordRow is a row of payment_records, with its MAC.
type recordRow struct {
	PaymentID string
	Number    int
	payment.Record
	Version int64
	MAC     []byte `db:"mac"`
}

const recordColumns = `
	SELECT payment_id, number, occurred_on::text AS on, evidence, transaction, recorded_by, COALESCE(confirmed_by, '') AS confirmed_by, version, mac
	FROM payment_records `

// signedRecord is what the MAC of a record covers: it is one of the two hands by which a
// payment settles.
func signedRecord(r recordRow) *rowmac.Row {
	return rowmac.NewRow("payment_records", payment.AttemptName(r.PaymentID, r.Number), r.Version).
		Text(r.On).Bytes(r.Evidence).Bytes(r.Transaction).Text(r.RecordedBy).Text(r.ConfirmedBy)
}

// Say notes what a person says about a payment, and settles it where another person has
// said the same before.
func (s *Store) Say(ctx context.Context, said Said) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return said.PaymentID, s.say(ctx, tx, said)
	})
	if postgres.Violates(err, "payment_records_transaction") {
		return fault.Field("transactionId", fault.FieldNotPossible, "must be of no other payment").With(err)
	}
	return err
}

func (s *Store) say(ctx context.Context, tx pgx.Tx, said Said) error {
	y, err := s.lockPayment(ctx, tx, said.PaymentID)
	if err != nil {
		return err
	}
	setting := payment.Setting{Way: said.Way}
	if err := y.May(said.Verb, setting); err != nil {
		return err
	}
	a, err := s.ownAttempt(ctx, tx, y.ID, y.Attempts)
	if err != nil {
		return err
	}
	if said.On < day(a.Claimed) {
		return fault.Field("occurredOn", fault.FieldOutOfRange, "must not be before the payment was released")
	}
	before, err := many[recordRow](ctx, tx, "record", recordColumns+`WHERE payment_id = $1 AND number = $2`, y.ID, a.Number)
	if err != nil {
		return err
	}
	now := recordRow{PaymentID: y.ID, Number: a.Number, Version: 1, Record: payment.Record{
		On: said.On, Evidence: s.digested(string(said.Evidence)), RecordedBy: said.Person,
	}}
	if said.Transaction != "" {
		now.Transaction = s.digested(said.Transaction)
	}
	switch {
	case len(before) == 0:
		return s.keepRecord(ctx, tx, now)
	case said.Correct:
		now.Version = before[0].Version + 1
		return s.keepRecord(ctx, tx, now)
	}
	setting.Own = before[0].RecordedBy == said.Person
	if err := y.May(said.Verb, setting); err != nil {
		return err
	}
	return s.confirmRecord(ctx, tx, a, before[0], now.Record)
}

// keepRecord keeps the first of two hands. What was recorded before is overwritten, also
// what another hand has written.
func (s *Store) keepRecord(ctx context.Context, tx pgx.Tx, r recordRow) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO payment_records (payment_id, number, occurred_on, evidence, transaction, recorded_by, recorded_at, version, mac)
		VALUES ($1, $2, $3::text::date, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (payment_id, number) DO UPDATE SET occurred_on = excluded.occurred_on, evidence = excluded.evidence,
			transaction = excluded.transaction, recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at,
			confirmed_by = NULL, confirmed_at = NULL, version = excluded.version, mac = excluded.mac`,
		r.PaymentID, r.Number, r.On, r.Evidence, r.Transaction, r.RecordedBy, s.now(), r.Version, s.rows.Sign(signedRecord(r))); err != nil {
		return fmt.Errorf("record payment: %w", err)
	}
	return nil
}

// confirmRecord is the second hand: the payment settles. What the first has said must be
// what this service wrote.
func (s *Store) confirmRecord(ctx context.Context, tx pgx.Tx, a attemptRow, before recordRow, now payment.Record) error {
	if err := s.rows.Check(ctx, signedRecord(before), before.MAC); err != nil {
		return err
	}
	if err := before.Agrees(now); err != nil {
		return err
	}
	r := before
	r.ConfirmedBy, r.Version = now.RecordedBy, before.Version+1
	if err := exec(ctx, tx, "confirm record", `
		UPDATE payment_records SET confirmed_by = $3, confirmed_at = $4, version = $5, mac = $6 WHERE payment_id = $1 AND number = $2`,
		r.PaymentID, r.Number, r.ConfirmedBy, s.now(), r.Version, s.rows.Sign(signedRecord(r))); err != nil {
		return err
	}
	to := a.Attempt
	to.State = payment.AttemptSettled
	return s.settle(ctx, tx, a, to, r.On)
}

// addRecords adds to payments what people said about the last attempt of each.
func addRecords(ctx context.Context, q postgres.Querier, list []payment.Payment) error {
	index := indexed(list, func(y payment.Payment) string { return y.ID })
	return each(ctx, q, "records", func(r recordRow) {
		if y := &list[index.of[r.PaymentID]]; y.Attempts == r.Number {
			y.Record = r.Record
		}
	}, recordColumns+`WHERE payment_id = ANY($1)`, index.ids)
}
