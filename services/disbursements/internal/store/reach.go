package store

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
)

// Reached is how many families each account has paid in the last days, or is about to, by
// the sender's id; an account that several rails pay from is one.
func (s *Store) Reached(ctx context.Context) (map[string]int, error) {
	type row struct {
		Sender   string
		Families int
	}
	rows, err := many[row](ctx, s.db.Pool, "reached families", `
		SELECT p.sender, COUNT(DISTINCT y.family)::int AS families FROM payments y JOIN payment_plans p ON p.id = y.plan_id
		WHERE (y.created_at > $1::date OR y.state IN ('PENDING', 'SUBMITTED', 'SENT'))
			AND y.state <> 'CANCELLED' AND (y.state <> 'FAILED' OR y.sent_on IS NOT NULL)
		GROUP BY p.sender`, s.now().AddDate(0, 0, -payment.ReachDays))
	reached := make(map[string]int, len(rows))
	for _, r := range rows {
		reached[r.Sender] = r.Families
	}
	return reached, err
}
