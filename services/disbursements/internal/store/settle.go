package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
)

// settle notes that an attempt's money has left, as to says, on a day. Whose family has
// said before that it has the money, as one that a courier comes to, has it confirmed.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, read attemptRow, to payment.Attempt, on string) error {
	if err := s.changeAttempt(ctx, tx, "settle attempt", read, to); err != nil {
		return err
	}
	if err := exec(ctx, tx, "settle payment", `
		UPDATE payments SET state = CASE WHEN answer IN ('RECEIVED', 'RECEIVED_WITH_ISSUES') THEN 'CONFIRMED' ELSE 'SETTLED' END,
			failure = '', settled_on = $2::text::date, `+submitted+` WHERE id = $1`, to.PaymentID, on); err != nil {
		return err
	}
	if err := s.settleAwards(ctx, tx, to.PaymentID); err != nil {
		return err
	}
	if err := s.owePosting(ctx, tx, to, Settle, to.Minor, on); err != nil {
		return err
	}
	return s.afterAttempt(ctx, tx, to)
}
