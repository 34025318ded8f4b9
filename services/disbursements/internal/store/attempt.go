package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const attemptColumns = `
	SELECT a.payment_id, a.number, a.state, y.currency, y.minor_units AS minor, '' AS end_to_end_id, a.bank_digest,
		COALESCE(a.file_id, '') AS file_id, y.plan_id,
		a.failure, a.claimed_at AS claimed, a.handed_at IS NOT NULL AS handed, a.debited, a.credited,
		y.state = 'CONFIRMED' AS confirmed, a.version, a.mac
	FROM attempts a JOIN payments y ON y.id = a.payment_id `

// Attempts lists the attempts of a payment, or of any, as they stand in the table,
// oldest first.
func (s *Store) Attempts(ctx context.Context, paymentID string, p page.Page) ([]payment.Attempt, error) {
	rows, err := list[attemptRow](ctx, s, "attempts", attemptColumns, attemptList(), p, listing.Under("a.payment_id", paymentID))
	attempts := make([]payment.Attempt, len(rows))
	for i, r := range rows {
		attempts[i] = s.named(r).Attempt
	}
	return attempts, err
}

// OwnAttempts reads all attempts of a payment, none of which another hand has changed.
func (s *Store) OwnAttempts(ctx context.Context, paymentID string) ([]payment.Attempt, error) {
	rows, err := s.ownAttempts(ctx, s.db.Pool, `WHERE a.payment_id = $1 ORDER BY a.number`, paymentID)
	attempts := make([]payment.Attempt, len(rows))
	for i, r := range rows {
		attempts[i] = r.Attempt
	}
	return attempts, err
}

// Claim is a payment's live attempt and what is needed to carry it out.
type Claim struct {
	Attempt payment.Attempt
	// Fresh is true where this call made the attempt: then this database cannot
	// remember what became of it earlier.
	Fresh  bool
	Family string
	Rail   string
	Sender string
	Digest []byte
	Shares []payment.Share
	lease  string
}

// leaseTime is how long a payment belongs to one worker. It is longer than a duty may
// run: two workers never submit a payment at once, and each can trust what it reads.
const leaseTime = 25 * time.Second

// Claim finds or makes the live attempt of a payment whose submission is owed;
// nil where nothing is owed (any more). It writes to the log even where it finds
// one, since an outside effect follows.
func (s *Store) Claim(ctx context.Context, paymentID string) (c *Claim, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c = nil
		y, err := s.lockPayment(ctx, tx, paymentID)
		if err != nil || y.State != payment.Submitted {
			return err
		}
		p, err := readPlan(ctx, tx, y.PlanID, "")
		if err != nil {
			return err
		}
		claim := Claim{
			Family: y.Family, Rail: p.Rail, Sender: p.Sender, Digest: p.Digest, Shares: y.Shares,
			lease: resource.NewID(resource.KindLease),
		}
		if err := lease(ctx, tx, paymentID, claim.lease); err != nil {
			return err
		}
		if err := s.findOrMake(ctx, tx, y, &claim); err != nil {
			return err
		}
		c = &claim
		return postgres.ReplayWrite(ctx, tx)
	})
	return c, err
}

// lease takes the payment for this worker, by the database's clock.
func lease(ctx context.Context, tx pgx.Tx, paymentID, token string) error {
	tag, err := tx.Exec(ctx, `
		UPDATE payments SET lease = $2, leased_until = clock_timestamp() + $3::interval
		WHERE id = $1 AND (leased_until IS NULL OR leased_until < clock_timestamp())`,
		paymentID, token, leaseTime.String())
	if err != nil {
		return fmt.Errorf("lease payment: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Aborted, postgres.Busy, "The payment is being submitted by somebody else.")
	}
	return nil
}

// Release gives a payment back after its worker has done what it could.
func (s *Store) Release(ctx context.Context, c *Claim) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE payments SET lease = NULL, leased_until = NULL WHERE id = $1 AND lease = $2`, c.Attempt.PaymentID, c.lease)
		return err
	})
}

func (s *Store) findOrMake(ctx context.Context, tx pgx.Tx, y payment.Payment, c *Claim) error {
	// All of them are looked at: one that ended by another hand is no reason for a new
	// one.
	all, err := s.ownAttempts(ctx, tx, `WHERE a.payment_id = $1`, y.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State.Live() {
			c.Attempt = a.Attempt
			return nil
		}
	}
	if err := s.runs(ctx, tx, c.Rail, c.Sender); err != nil {
		return err
	}
	c.Fresh = true
	c.Attempt, err = s.makeAttempt(ctx, tx, y)
	return err
}

// makeAttempt makes the next attempt of a payment, into the payment's file where it
// has one.
func (s *Store) makeAttempt(ctx context.Context, tx pgx.Tx, y payment.Payment) (payment.Attempt, error) {
	a := payment.Attempt{
		PaymentID: y.ID, Number: y.Attempts + 1, State: payment.AttemptClaimed, Currency: y.Currency, Minor: y.Minor,
		EndToEndID: s.attemptID(y.ID, y.Attempts+1), PlanID: y.PlanID, Claimed: s.now().Truncate(24 * time.Hour),
	}
	digest := s.digested(a.EndToEndID)
	if err := tx.QueryRow(ctx, `SELECT COALESCE(file_id, '') FROM payments WHERE id = $1`, y.ID).Scan(&a.FileID); err != nil {
		return a, fmt.Errorf("look for file: %w", err)
	}
	return a, exec(ctx, tx, "claim attempt", `
		INSERT INTO attempts (payment_id, number, state, bank_digest, file_id, claimed_at, version, mac)
		VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, 1, $7)`,
		a.PaymentID, a.Number, a.State, digest, a.FileID, a.Claimed, s.rows.Sign(signedAttempt(a, digest, 1)))
}

// NoteHanded notes, before a rail outside is called, that an attempt may have
// been sent from now on.
func (s *Store) NoteHanded(ctx context.Context, a payment.Attempt) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error { return s.handed(ctx, tx, a) })
}

func (s *Store) handed(ctx context.Context, tx pgx.Tx, a payment.Attempt) error {
	if err := s.planRuns(ctx, tx, a.PlanID); err != nil {
		return err
	}
	read, err := s.ownAttempt(ctx, tx, a.PaymentID, a.Number)
	if err != nil {
		return err
	}
	if read.State != payment.AttemptClaimed || read.Handed {
		return fmt.Errorf("hand attempt over: it is %s already", read.State)
	}
	to := read.Attempt
	to.Handed = true
	if err := s.changeAttempt(ctx, tx, "hand attempt over", read, to); err != nil {
		return err
	}
	return postgres.ReplayWrite(ctx, tx)
}

// NoteSent notes that the rail has an attempt.
func (s *Store) NoteSent(ctx context.Context, a payment.Attempt) error {
	return s.record(ctx, a, payment.AttemptSent, payment.Sent)
}

// NoteUnknown notes that nobody knows whether the rail has an attempt. The
// payment stays SUBMITTED: its looking up is owed.
func (s *Store) NoteUnknown(ctx context.Context, a payment.Attempt) error {
	return s.record(ctx, a, payment.AttemptUnknown, "")
}

// NoteFailed notes that an attempt failed for good, with its reason. Where it was
// booked, the ledger is owed the way back.
func (s *Store) NoteFailed(ctx context.Context, a payment.Attempt, reason string, booked bool) error {
	return s.unlessPast(ctx, a, payment.AttemptFailed, func(ctx context.Context, tx pgx.Tx, current attemptRow) error {
		return s.failed(ctx, tx, current, reason, booked)
	})
}

// failed moves a locked attempt and its payment to FAILED.
func (s *Store) failed(ctx context.Context, tx pgx.Tx, a attemptRow, reason string, booked bool) error {
	return s.move(ctx, tx, a, payment.AttemptFailed, payment.Failed, reason, func(ctx context.Context, tx pgx.Tx) error {
		if booked {
			if err := s.owePosting(ctx, tx, a.Attempt, Fail, a.Minor, day(s.now())); err != nil {
				return err
			}
		}
		return s.freeAwards(ctx, tx, `$1`, a.PaymentID)
	})
}

// record moves an attempt and its payment, unless it is past that.
func (s *Store) record(ctx context.Context, a payment.Attempt, to payment.AttemptState, y payment.State) error {
	return s.unlessPast(ctx, a, to, func(ctx context.Context, tx pgx.Tx, current attemptRow) error {
		return s.move(ctx, tx, current, to, y, "", func(context.Context, pgx.Tx) error { return nil })
	})
}

// unlessPast does fact with an attempt that is locked. It leaves one alone that is past
// the move: a statement knew earlier, or another worker did the same.
func (s *Store) unlessPast(ctx context.Context, a payment.Attempt, to payment.AttemptState, fact func(context.Context, pgx.Tx, attemptRow) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		current, err := s.lockAttempt(ctx, tx, a.PaymentID, a.Number)
		if err != nil || payment.MoveAttempt(current.State, to) != nil {
			return err
		}
		return fact(ctx, tx, current)
	})
}

// move moves a locked attempt and, where y is not empty, its payment, and does what more
// is part of it.
func (s *Store) move(ctx context.Context, tx pgx.Tx, a attemptRow, to payment.AttemptState, y payment.State, reason string, more func(context.Context, pgx.Tx) error) error {
	moved := a.Attempt
	moved.State, moved.Failure = to, reason
	if err := s.changeAttempt(ctx, tx, "record attempt", a, moved); err != nil {
		return err
	}
	if y != "" {
		if err := exec(ctx, tx, "record payment", `
			UPDATE payments SET state = $2, failure = $3, sent_on = CASE WHEN $2 = 'SENT' THEN $4 ELSE sent_on END, `+submitted+`
			WHERE id = $1`, a.PaymentID, y, reason, s.now()); err != nil {
			return err
		}
	}
	if err := more(ctx, tx); err != nil {
		return err
	}
	return s.afterAttempt(ctx, tx, moved)
}

// lockAttempt locks the payment, then reads the attempt: every change of an
// attempt holds its payment's row.
func (s *Store) lockAttempt(ctx context.Context, tx pgx.Tx, paymentID string, number int) (attemptRow, error) {
	if _, err := s.lockPayment(ctx, tx, paymentID); err != nil {
		return attemptRow{}, err
	}
	return s.ownAttempt(ctx, tx, paymentID, number)
}

// afterAttempt owes what follows from an attempt's change: the sealing of its
// file once nothing is on its way into it, and the end of the plan.
func (s *Store) afterAttempt(ctx context.Context, tx pgx.Tx, a payment.Attempt) error {
	// Both rows are locked: where two transactions end the last two payments, the
	// second sees what the first did.
	if a.FileID != "" {
		if _, err := tx.Exec(ctx, `SELECT 1 FROM payment_files WHERE id = $1 FOR UPDATE`, a.FileID); err != nil {
			return fmt.Errorf("lock file: %w", err)
		}
		if err := s.queue.Enqueue(ctx, tx, DutySeal, a.FileID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM payment_plans WHERE id = $1 FOR UPDATE`, a.PlanID); err != nil {
		return fmt.Errorf("lock plan: %w", err)
	}
	_, err := tx.Exec(ctx, `
		UPDATE payment_plans SET state = 'FINISHED' WHERE id = $1 AND state = 'ACCEPTED' AND NOT EXISTS (
			SELECT 1 FROM payments WHERE plan_id = $1 AND state IN ('PENDING', 'SUBMITTED', 'SENT'))`, a.PlanID)
	if err != nil {
		return fmt.Errorf("finish plan: %w", err)
	}
	return nil
}
