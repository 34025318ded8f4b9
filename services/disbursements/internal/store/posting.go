package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Transition is what the ledger is told about an attempt after its submission.
type Transition string

// An attempt settles or fails; what has settled may return.
const (
	Settle Transition = "SETTLE"
	Fail   Transition = "FAIL"
	Return Transition = "RETURN"
)

// owePosting owes a posting about an attempt. One that is owed already stays as it
// is.
func (s *Store) owePosting(ctx context.Context, tx pgx.Tx, a payment.Attempt, t Transition, minor int64, on string) error {
	id := resource.NewID(resource.KindAttemptPosting)
	mac := s.rows.Sign(signedPosting(Posting{ID: id, PaymentID: a.PaymentID, Number: a.Number, Transition: t, Minor: minor, On: on}))
	tag, err := tx.Exec(ctx, `
		INSERT INTO attempt_postings (id, payment_id, number, transition, minor_units, occurred_on, created_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6::text::date, $7, $8) ON CONFLICT (payment_id, number, transition) DO NOTHING`,
		id, a.PaymentID, a.Number, t, minor, on, s.now(), mac)
	if err != nil {
		return fmt.Errorf("owe posting: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return s.queue.Enqueue(ctx, tx, DutyPosting, id)
}

// OwedPostings lists postings about attempts that are owed.
func (s *Store) OwedPostings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM attempt_postings WHERE done_at IS NULL AND created_at < $1 AND id > $2
		ORDER BY id LIMIT $3`, before, after, limit)
}

// Posting is what is owed about an attempt.
type Posting struct {
	ID         string
	PaymentID  string
	Number     int
	Transition Transition
	Minor      int64
	On         string
	Done       bool
	Currency   string
	Amount     int64 // of the whole payment
	PlanID     string
	Sender     string
	Rail       string
	// First is the id of the posting that has to come before, empty where none is
	// owed.
	First  string
	MAC    []byte          `db:"mac"`
	Shares []payment.Share `db:"-"`
	Paid   []PaidCycle     `db:"-"`
}

// PaidCycle is what families are told about a cycle that was paid.
type PaidCycle struct {
	AidRequest string
	Cycle      int32
	round.Source
	// Filled is true where the cycle got all that it may receive; otherwise its
	// next part can be awarded.
	Filled bool
}

// Posting reads what is owed, where no other hand has written that it is, nor what it is
// about.
func (s *Store) Posting(ctx context.Context, id string) (Posting, error) {
	p, err := one[Posting](ctx, s.db.Pool, "posting", `
		SELECT t.id, t.payment_id, t.number, t.transition, t.minor_units AS minor, t.occurred_on::text AS on,
			t.done_at IS NOT NULL AS done, t.mac, y.currency, y.minor_units AS amount, y.plan_id, l.sender, l.rail,
			COALESCE((SELECT b.id FROM attempt_postings b WHERE b.payment_id = t.payment_id AND b.number = t.number
				AND b.transition = 'SETTLE' AND t.transition = 'RETURN' AND b.done_at IS NULL), '') AS first
		FROM attempt_postings t JOIN payments y ON y.id = t.payment_id JOIN payment_plans l ON l.id = y.plan_id
		WHERE t.id = $1`, id)
	if err == nil {
		err = s.rows.Check(ctx, signedPosting(p), p.MAC)
	}
	if err != nil {
		return p, err
	}
	y, err := s.Payment(ctx, p.PaymentID)
	if err != nil {
		return p, err
	}
	p.Shares = y.Shares
	awards, err := s.ownAwards(ctx, s.db.Pool, `
		WHERE id IN (SELECT award_id FROM payment_shares WHERE payment_id = $1) ORDER BY aid_request, cycle, round_id, emergency_grant_id`, p.PaymentID)
	p.Paid = paidCycles(awards)
	return p, err
}

// paidCycles are what a payment's awards were for. A cycle is filled where each of its
// awards says so.
func paidCycles(awards []awardRow) (paid []PaidCycle) {
	for _, a := range awards {
		c := PaidCycle{AidRequest: a.AidRequest, Cycle: a.Cycle, Source: a.Source, Filled: a.Filled}
		if n := len(paid) - 1; n >= 0 && paid[n].AidRequest == c.AidRequest && paid[n].Cycle == c.Cycle && paid[n].Source == c.Source {
			paid[n].Filled = paid[n].Filled && c.Filled
			continue
		}
		paid = append(paid, c)
	}
	return paid
}

// NotePosted notes that ledger, and families where they are told, know.
func (s *Store) NotePosted(ctx context.Context, p Posting) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE attempt_postings SET done_at = $2, created_at = date_trunc('day', created_at, 'UTC') WHERE id = $1 AND done_at IS NULL`, p.ID, s.now())
		return err
	})
}

// AwardsAwaitMoney reports whether the ledger is still owed the way back of money
// into an award of the payment.
func (s *Store) AwardsAwaitMoney(ctx context.Context, paymentID string) (waits bool, err error) {
	err = s.db.Pool.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT 1 FROM payment_shares mine
			JOIN payment_shares other ON other.award_id = mine.award_id
			JOIN attempt_postings t ON t.payment_id = other.payment_id
			WHERE mine.payment_id = $1 AND t.done_at IS NULL AND t.transition IN ('FAIL', 'RETURN'))`, paymentID).Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("look for owed money: %w", err)
	}
	return waits, nil
}
