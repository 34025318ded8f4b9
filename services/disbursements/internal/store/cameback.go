package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// cameBack holds for awards whose money came back by a statement that one person alone has
// seen: whoever made it up would be paid twice.
const cameBack = `EXISTS (
	SELECT 1 FROM payment_shares b JOIN statement_lines l ON l.payment_id = b.payment_id AND l.effect = 'RETURNS'
	JOIN statements t ON t.id = l.statement_id WHERE b.award_id = awards.id AND t.confirmed_by IS NULL)`

// noAwards is the fault for a round without awards for a plan.
func noAwards(ctx context.Context, tx pgx.Tx, r round.Round) error {
	waits, err := postgres.One(ctx, tx, "awards", pgx.RowTo[bool], `
		SELECT EXISTS (SELECT 1 FROM awards WHERE round_id = $1 AND state = 'AVAILABLE' AND `+cameBack+`)`, r.ID)
	switch {
	case err != nil:
		return err
	case waits:
		return fault.New(fault.Precondition, fault.ReasonStatementNotConfirmed,
			"The money came back by a statement that a second person has not confirmed.")
	}
	paid, err := postgres.One(ctx, tx, "awards", pgx.RowTo[bool], `
		SELECT EXISTS (SELECT 1 FROM awards WHERE round_id = $1 AND state = 'AVAILABLE' AND `+paidAfterFailed+`)`, r.ID)
	switch {
	case err != nil:
		return err
	case paid:
		return payment.PaidAfterFailed()
	}
	return fault.New(fault.Precondition, fault.ReasonNothingToPay, "The round has no awards that are not in a plan already.")
}
