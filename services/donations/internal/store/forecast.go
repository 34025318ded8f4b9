package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Dues adds up what recurring pledges promise a fund, resource.Any for all: those that
// go on, from their next payment; those that are paused until a day, from their first
// payment after it at the earliest.
func (s *Store) Dues(ctx context.Context, fundID string) ([]pledge.Due, error) {
	type row struct {
		FundID     string
		Currency   string
		Recurrence pledge.Recurrence
		Next       time.Time
		Amount     int64
		Payments   int64
	}
	return postgres.Many(ctx, s.db.Pool, "dues", func(r pgx.CollectableRow) (pledge.Due, error) {
		d, err := pgx.RowToStructByName[row](r)
		return pledge.Due{
			Fund: d.FundID, Sum: money.Amount{MinorUnits: d.Amount, Currency: d.Currency}, Count: d.Payments, Recurrence: d.Recurrence, Next: d.Next,
		}, err
	}, `SELECT d.fund_id, p.currency, p.recurrence, date_trunc('month', n.next, 'UTC') AS next, sum(d.amount)::bigint AS amount, count(*) AS payments
		FROM pledges AS p JOIN givings AS g ON g.pledge_id = p.id JOIN pledge_designations AS d ON d.pledge_id = p.id
		CROSS JOIN LATERAL (SELECT CASE WHEN p.state = 'PAUSED' AND p.recurrence = 'YEAR' AND g.paused_until > COALESCE(g.move_to, g.next_at)
				THEN COALESCE(g.move_to, g.next_at) + interval '1 year'
				ELSE GREATEST(COALESCE(g.move_to, g.next_at), g.paused_until) END AS next) AS n
		WHERE (p.state = 'ACTIVE' OR p.state = 'PAUSED' AND g.paused_until IS NOT NULL) AND n.next IS NOT NULL AND ($1 = $2 OR d.fund_id = $1)
		GROUP BY d.fund_id, p.currency, p.recurrence, 4`, fundID, resource.Any)
}
