package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// paidAfterFailed holds for awards of which the bank has paid by an attempt that had
// failed: who pays them again would pay them twice. It ends with the bank's taking it back,
// by a statement that two people have seen.
const paidAfterFailed = `EXISTS (
	SELECT 1 FROM payment_shares b JOIN statement_lines l ON l.payment_id = b.payment_id AND l.effect = 'UNMATCHED'
	JOIN unmatched_lines u ON u.statement_id = l.statement_id AND u.number = l.number AND u.reason = 'AFTER_FAILED'
	WHERE b.award_id = awards.id GROUP BY l.payment_id, l.attempt, l.minor_units HAVING COUNT(*) > (
		SELECT COUNT(*) FROM statement_lines c JOIN unmatched_lines v ON v.statement_id = c.statement_id AND v.number = c.number AND v.reason = 'OUT_OF_ORDER'
		JOIN statements t ON t.id = c.statement_id AND t.confirmed_by IS NOT NULL
		WHERE c.payment_id = l.payment_id AND c.attempt = l.attempt AND c.credit AND c.minor_units = l.minor_units))`

// awardsPaidAfterFailed holds for payments that an award carries of which this is so.
const awardsPaidAfterFailed = `EXISTS (
	SELECT 1 FROM payment_shares mine JOIN awards ON awards.id = mine.award_id WHERE mine.payment_id = y.id AND ` + paidAfterFailed + `)`

// PaidAfterFailed reports whether the bank has paid awards of a payment by an attempt
// that had failed.
func (s *Store) PaidAfterFailed(ctx context.Context, paymentID string) (bool, error) {
	return postgres.One(ctx, s.db.Pool, "payment", pgx.RowTo[bool], `SELECT `+awardsPaidAfterFailed+` FROM payments y WHERE y.id = $1`, paymentID)
}
