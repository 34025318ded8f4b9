package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// Rows recognises rows that another hand has written.
type Rows interface {
	// Sign returns the MAC of a row.
	Sign(r *rowmac.Row) []byte
	// Check refuses a row whose MAC is not this one: fault Precondition, ROW_CHANGED.
	Check(ctx context.Context, r *rowmac.Row, mac []byte) error
	// Latest refuses, in the same way, rows of which it knows a later version.
	Latest(ctx context.Context, rows ...*rowmac.Row) error
	// Seen is the highest version that it knows of a row.
	Seen(ctx context.Context, r *rowmac.Row) (int64, error)
	// Gone is the fault for a row that must be there and is not.
	Gone(ctx context.Context, table, id string) error
}

// attemptRow is a row of attempts, with its MAC.
type attemptRow struct {
	payment.Attempt
	BankDigest []byte
	Version    int64
	MAC        []byte `db:"mac"`
}

// signedAttempt is what the MAC of an attempt covers: its state and what proves it, and
// what of its payment it was made for.
func signedAttempt(a payment.Attempt, bankDigest []byte, version int64) *rowmac.Row {
	return rowmac.NewRow("attempts", payment.AttemptName(a.PaymentID, a.Number), version).
		Text(a.PlanID).Text(a.Currency).Number(a.Minor).Bytes(bankDigest).Text(a.FileID).Text(day(a.Claimed)).
		Text(string(a.State)).Flag(a.Handed).Flag(a.Debited).Flag(a.Credited).Text(a.Failure)
}

// ownAttempts reads attempts, none of which another hand has changed; where is what
// follows the columns.
func (s *Store) ownAttempts(ctx context.Context, q postgres.Querier, where string, args ...any) ([]attemptRow, error) {
	own, changed, err := s.knownAttempts(ctx, q, where, args...)
	if err == nil {
		err = changed
	}
	return own, err
}

// knownAttempts reads attempts, without those that another hand has changed: changed is
// the fault of the last of these, nil where there is none.
func (s *Store) knownAttempts(ctx context.Context, q postgres.Querier, where string, args ...any) (own []attemptRow, changed, err error) {
	list, err := many[attemptRow](ctx, q, "attempts", attemptColumns+where, args...)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range list {
		if err := s.rows.Check(ctx, signedAttempt(a.Attempt, a.BankDigest, a.Version), a.MAC); err != nil {
			changed = err
			continue
		}
		own = append(own, s.named(a))
	}
	return own, changed, nil
}

// ownAttempt reads one attempt that no other hand has changed.
func (s *Store) ownAttempt(ctx context.Context, q postgres.Querier, paymentID string, number int) (attemptRow, error) {
	a, err := one[attemptRow](ctx, q, "attempt", attemptColumns+`
		WHERE a.payment_id = $1 AND a.number = $2`, paymentID, number)
	if err != nil {
		return a, err
	}
	return s.named(a), s.rows.Check(ctx, signedAttempt(a.Attempt, a.BankDigest, a.Version), a.MAC)
}

// named is an attempt with the id that the bank knows.
func (s *Store) named(a attemptRow) attemptRow {
	a.EndToEndID = s.attemptID(a.PaymentID, a.Number)
	return a
}

// changeAttempt writes what of an attempt may change, as the next version of the row
// that was read.
func (s *Store) changeAttempt(ctx context.Context, tx pgx.Tx, what string, read attemptRow, to payment.Attempt) error {
	return exec(ctx, tx, what, `
		UPDATE attempts SET state = $3, failure = $4, debited = $5, credited = $10, version = version + 1, mac = $6,
			handed_at = CASE WHEN $7 THEN COALESCE(handed_at, $8::date) END,
			ended_at = CASE WHEN $3 NOT IN ('SETTLED', 'FAILED', 'RETURNED') THEN NULL WHEN state = $3 THEN ended_at ELSE $8 END
		WHERE payment_id = $1 AND number = $2 AND version = $9`,
		to.PaymentID, to.Number, to.State, to.Failure, to.Debited, s.rows.Sign(signedAttempt(to, read.BankDigest, read.Version+1)),
		to.Handed, s.now(), read.Version, to.Credited)
}

// signedPosting is what the MAC of an owed posting covers: it is the proof by which the
// ledger lets money go back or out.
func signedPosting(p Posting) *rowmac.Row {
	return rowmac.NewRow("attempt_postings", p.ID, 1).
		Text(payment.AttemptName(p.PaymentID, p.Number)).Text(string(p.Transition)).Number(p.Minor).Text(p.On)
}

// gate is a table of switches: what one is called, and how its row is found by the
// arguments $1 and, for a sender, $2.
type gate struct {
	what, table, row string
	// key are the columns of the arguments, route is how the plans are found that pay by
	// it.
	key, route string
}

var (
	rails   = gate{what: "rail", table: "rails", row: "id = $1", key: "id", route: "rail = $1"}
	senders = gate{what: "sender", table: "senders", row: "rail = $1 AND id = $2", key: "rail, id", route: "rail = $1 AND sender = $2"}
)

// switchRow is what decides in a row of a gate, with its MAC.
type switchRow struct {
	StoppedBy string
	Version   int64
	MAC       []byte `db:"mac"`
}

// signed is what the MAC of a switch covers.
func (g gate) signed(stoppedBy string, version int64, row ...any) *rowmac.Row {
	return rowmac.NewRow(g.table, switchName(row), version).Text(stoppedBy)
}

// switchName names a switch by the ids of its rail and, for a sender, its own.
func switchName(row []any) string {
	name := fmt.Sprint(row[0])
	for _, id := range row[1:] {
		name += "/senders/" + fmt.Sprint(id)
	}
	return name
}
