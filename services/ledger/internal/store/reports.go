package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/statement"
)

// poolSums sums up pools per kind: $1 ledger, $2 the first day, $3 the last or
// NULL. What is before a day is its earlier months, whole, and the days of its
// own month before it; rows that are in neither sum are not read.
const poolSums = `
	SELECT t.pool, t.currency, t.kind,
		COALESCE(SUM(t.credits - t.debits) FILTER (WHERE t.first_day < m.before), 0)::bigint,
		COALESCE(SUM(t.credits - t.debits) FILTER (WHERE $3::date IS NULL OR t.first_day < m.behind), 0)::bigint
	FROM (SELECT date_trunc('month', $2::date)::date AS before, date_trunc('month', $3::date + 1)::date AS behind) m
	JOIN pool_totals t ON t.ledger_id = $1 AND t.span = 2 AND ($3::date IS NULL OR t.first_day < m.behind)
	WHERE TRUE %[1]s
	GROUP BY t.pool, t.currency, t.kind
	UNION ALL
	SELECT t.pool, t.currency, t.kind,
		COALESCE(SUM(t.credits - t.debits) FILTER (WHERE t.first_day < $2::date), 0)::bigint, 0
	FROM pool_totals t
	WHERE t.ledger_id = $1 AND t.span = 1 AND t.first_day >= date_trunc('month', $2::date)::date AND t.first_day < $2::date %[1]s
	GROUP BY t.pool, t.currency, t.kind
	UNION ALL
	SELECT t.pool, t.currency, t.kind, 0, SUM(t.credits - t.debits)::bigint
	FROM pool_totals t
	WHERE t.ledger_id = $1 AND t.span = 1 AND t.first_day >= date_trunc('month', $3::date + 1)::date AND t.first_day <= $3::date %[1]s
	GROUP BY t.pool, t.currency, t.kind`

// PoolTotals sums up all pools per currency and kind, in no order. first may be
// zero for the beginning, last zero for everything booked.
func (s *Store) PoolTotals(ctx context.Context, first, last leaf.Day) ([]statement.Total, error) {
	return s.poolTotals(ctx, "", first, last)
}

// FundTotals sums up what a fund has: the pools of its money, its deficit and its
// awards. The period is that of PoolTotals.
func (s *Store) FundTotals(ctx context.Context, fund string, first, last leaf.Day) ([]statement.Total, error) {
	return s.poolTotals(ctx, `AND t.pool = ANY($4)`, first, last, statement.PoolsOf(fund))
}

func (s *Store) poolTotals(ctx context.Context, which string, first, last leaf.Day, args ...any) ([]statement.Total, error) {
	rows, err := s.db.Pool.Query(ctx, fmt.Sprintf(poolSums, which), append([]any{s.ledger, first.Time(), date(last)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("sum up pools: %w", err)
	}
	var parts []statement.Total
	var t statement.Total
	var upTo int64
	if _, err := pgx.ForEachRow(rows, []any{&t.Pool, &t.Currency, &t.Kind, &t.Before, &upTo}, func() error {
		t.Within = upTo - t.Before
		parts = append(parts, t)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("sum up pools: %w", err)
	}
	return parts, nil
}

// date is a parameter for a day, NULL for none.
func date(d leaf.Day) *time.Time {
	if d == 0 {
		return nil
	}
	t := d.Time()
	return &t
}
