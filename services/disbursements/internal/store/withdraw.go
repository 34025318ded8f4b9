package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
)

// withdrawn is why an attempt failed whose file was withdrawn.
const withdrawn = "WITHDRAWN"

// Withdraw takes back a whole file that nobody fetched. That it was never fetched is the
// proof by which its attempts fail: their money goes back to the awards, and each payment
// can be tried again. So the ledger is asked, too, while the file is locked: it has a leaf
// of every fetching, which comes before the rows here.
func (s *Store) Withdraw(ctx context.Context, c payment.Cancellation) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if err := lockPaymentsOf(ctx, tx, c.File); err != nil {
			return "", err
		}
		f, err := one[File](ctx, tx, "payment file", fileColumns+`WHERE f.plan_id = $1 AND f.id = $2 FOR UPDATE OF f`, c.Plan, c.File)
		if err != nil {
			return "", err
		}
		if f, err = withDownloads(ctx, tx, f); err != nil {
			return "", err
		}
		if err := f.Fetching().May(payment.Withdraw, c.Person); err != nil {
			return "", err
		}
		inTime, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		if err := c.Unfetched(inTime); err != nil {
			return "", err
		}
		return c.File, s.withdraw(ctx, tx, c)
	})
	return err
}

func (s *Store) withdraw(ctx context.Context, tx pgx.Tx, c payment.Cancellation) error {
	if err := exec(ctx, tx, "withdraw file", `
		UPDATE payment_files SET state = 'WITHDRAWN', sealed = NULL WHERE id = $1`, c.File); err != nil {
		return err
	}
	if c.Person != "" { // otherwise nobody did it: a rule did
		if err := s.act(ctx, tx, deed{planID: c.Plan, person: c.Person, kind: plan.Withdraw}); err != nil {
			return err
		}
	}
	inside, err := s.inFile(ctx, tx, c.File)
	if err != nil {
		return err
	}
	for _, a := range inside {
		if a.State != payment.AttemptClaimed || !a.Handed {
			return payment.Left() // somebody knows of it outside
		}
		if err := s.takeBack(ctx, tx, a); err != nil {
			return err
		}
	}
	return s.queue.Enqueue(ctx, tx, DutyDestroy, c.File)
}

// takeBack notes that an attempt never left.
func (s *Store) takeBack(ctx context.Context, tx pgx.Tx, a attemptRow) error {
	to := a.Attempt
	to.State, to.Failure = payment.AttemptFailed, withdrawn
	if err := s.changeAttempt(ctx, tx, "take attempt back", a, to); err != nil {
		return err
	}
	if err := exec(ctx, tx, "take payment back", `
		UPDATE payments SET state = 'FAILED', failure = $2, `+submitted+` WHERE id = $1`, a.PaymentID, withdrawn); err != nil {
		return err
	}
	if err := s.owePosting(ctx, tx, a.Attempt, Fail, a.Minor, day(s.now())); err != nil {
		return err
	}
	if err := s.freeAwards(ctx, tx, `$1`, a.PaymentID); err != nil {
		return err
	}
	return s.afterAttempt(ctx, tx, to)
}
