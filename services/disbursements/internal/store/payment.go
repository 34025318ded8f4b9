package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const paymentFields = `y.id, y.plan_id, y.state, y.family, y.currency, y.minor_units AS minor, y.failure,
		COALESCE(y.answer, '') AS answer, y.handle_hash IS NOT NULL AS code_issued, y.reported_by_owner,
		COALESCE(y.settled_on::text, '') AS settled_on, y.created_at, y.overdue,
		(SELECT COUNT(*) FROM attempts a WHERE a.payment_id = y.id)::int AS attempts`

const paymentColumns = `SELECT ` + paymentFields + ` FROM payments y `

// Payment reads one payment with its shares, which no other hand has changed.
func (s *Store) Payment(ctx context.Context, id string) (payment.Payment, error) {
	y, err := s.ownPayment(ctx, s.db.Pool, `WHERE y.id = $1`, id)
	if err != nil {
		return y, err
	}
	list := []payment.Payment{y}
	err = addRecords(ctx, s.db.Pool, list)
	return list[0], err
}

func (s *Store) lockPayment(ctx context.Context, tx pgx.Tx, id string) (payment.Payment, error) {
	return s.ownPayment(ctx, tx, `WHERE y.id = $1 FOR UPDATE OF y`, id)
}

// Payments lists the payments of a plan, or of any, as they stand in the table, newest
// first.
func (s *Store) Payments(ctx context.Context, planID string, p page.Page) ([]payment.Payment, error) {
	found, err := list[payment.Payment](ctx, s, "payments", paymentColumns, paymentList(), p, listing.Under("y.plan_id", planID))
	if err != nil {
		return nil, err
	}
	if err := addShares(ctx, s.db.Pool, found); err != nil {
		return nil, err
	}
	return found, addRecords(ctx, s.db.Pool, found)
}

// addShares adds the shares of all payments of a list at once.
func addShares(ctx context.Context, q postgres.Querier, list []payment.Payment) error {
	index := indexed(list, func(y payment.Payment) string { return y.ID })
	return each(ctx, q, "shares", func(sh shareRow) {
		y := &list[index.of[sh.PaymentID]]
		y.Shares = append(y.Shares, sh.Share)
	}, `
		SELECT payment_id, award_id AS award, minor_units AS minor FROM payment_shares
		WHERE payment_id = ANY($1) ORDER BY payment_id, award_id`, index.ids)
}

type shareRow struct {
	PaymentID string
	payment.Share
}

// RetryPayment starts another attempt after a final failure.
func (s *Store) RetryPayment(ctx context.Context, id string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		p, y, err := s.lockWithPlan(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if err := y.May(payment.Retry, payment.Setting{Plan: p.State}); err != nil {
			return "", err
		}
		// What says that no money has left must be what this service wrote.
		if _, err := s.ownAttempts(ctx, tx, `WHERE a.payment_id = $1`, id); err != nil {
			return "", err
		}
		if err := s.reclaimAwards(ctx, tx, id); err != nil {
			return "", err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE payment_plans SET state = 'ACCEPTED' WHERE id = $1`, p.ID); err != nil {
			return "", fmt.Errorf("reopen plan: %w", err)
		}
		return id, s.submitAgain(ctx, tx, p.ID, id)
	})
	return err
}

// submitAgain owes another submission: where the last went into a file, into one
// of its own.
func (s *Store) submitAgain(ctx context.Context, tx pgx.Tx, planID, id string) error {
	var inFile bool
	if err := tx.QueryRow(ctx, `SELECT file_id IS NOT NULL FROM payments WHERE id = $1`, id).Scan(&inFile); err != nil {
		return fmt.Errorf("look for file: %w", err)
	}
	file := ""
	if inFile {
		var err error
		if file, err = s.beginFile(ctx, tx, planID, 1); err != nil {
			return err
		}
	}
	return s.submitPayments(ctx, tx, []string{id}, file)
}

// reclaimAwards takes back the awards that a failed payment had given up, where
// each of them is available. It locks them first: nobody takes or cancels one
// meanwhile. Whether their money is back is asked when the payment is submitted.
func (s *Store) reclaimAwards(ctx context.Context, tx pgx.Tx, id string) error {
	awards, err := s.ownAwards(ctx, tx, `
		WHERE id IN (SELECT award_id FROM payment_shares WHERE payment_id = $1) ORDER BY id FOR UPDATE`, id)
	if err != nil {
		return err
	}
	for _, a := range awards {
		if a.State != round.Available {
			return payment.AwardNotAvailable()
		}
		if a.PaidAfterFailed {
			return payment.PaidAfterFailed()
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE payment_shares SET live = true WHERE payment_id = $1`, id); err != nil {
		if postgres.Violates(err, "payment_shares_one_live") {
			return payment.AwardNotAvailable().With(err)
		}
		return fmt.Errorf("take awards back: %w", err)
	}
	return s.moveAwards(ctx, tx, round.InPayment, awards)
}

// CancelPayment takes a payment out of a plan in DRAFT. Who does that has made the
// plan, too.
func (s *Store) CancelPayment(ctx context.Context, id, person string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		p, y, err := s.lockWithPlan(ctx, tx, id)
		if err != nil {
			return "", err
		}
		by, err := partIn(ctx, tx, p, person)
		if err != nil {
			return "", err
		}
		if err := y.May(payment.Cancel, payment.Setting{Plan: p.State, Has: by.Has}); err != nil {
			return "", err
		}
		if err := exec(ctx, tx, "cancel payment", `
			UPDATE payments SET state = 'CANCELLED' WHERE id = $1`, id); err != nil {
			return "", err
		}
		if err := s.freeAwards(ctx, tx, `$1`, id); err != nil {
			return "", err
		}
		if err := leaveOut(ctx, tx, p.ID, y.Family, plan.TakenOut); err != nil {
			return "", err
		}
		return id, separated(s.edited(ctx, tx, p, person))
	})
	return err
}

// edited notes that a person has made what is in a plan.
func (s *Store) edited(ctx context.Context, tx pgx.Tx, p plan.Plan, person string) error {
	if err := exec(ctx, tx, "count edit", `UPDATE payment_plans SET version = version + 1 WHERE id = $1`, p.ID); err != nil {
		return err
	}
	return s.act(ctx, tx, deed{planID: p.ID, person: person, kind: plan.Edit, hat: plan.Maker})
}

// lockWithPlan locks a payment's plan, then the payment.
func (s *Store) lockWithPlan(ctx context.Context, tx pgx.Tx, id string) (plan.Plan, payment.Payment, error) {
	y, err := s.ownPayment(ctx, tx, `WHERE y.id = $1`, id)
	if err != nil {
		return plan.Plan{}, y, err
	}
	p, err := lockPlan(ctx, tx, y.PlanID)
	if err != nil {
		return p, y, err
	}
	y, err = s.lockPayment(ctx, tx, id)
	return p, y, err
}

// OwedSubmissions lists payments whose submission is owed: not those that wait in their
// file.
func (s *Store) OwedSubmissions(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT y.id FROM payments y WHERE y.state = 'SUBMITTED' AND y.submit_at < $1 AND y.id > $2
			AND NOT EXISTS (SELECT 1 FROM file_lines l WHERE l.payment_id = y.id AND l.file_id = y.file_id)
		ORDER BY y.id LIMIT $3`, before, after, limit)
}
