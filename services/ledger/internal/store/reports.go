package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

// pools finds all pools, stepping from one to the next along the key: there are
// few of them, and many rows of each.
const pools = `
	WITH RECURSIVE pools (pool, currency) AS (
		(SELECT pool, currency FROM pool_totals WHERE ledger_id = $1 ORDER BY pool, currency LIMIT 1)
		UNION ALL
		SELECT n.pool, n.currency FROM pools p
		CROSS JOIN LATERAL (
			SELECT pool, currency FROM pool_totals WHERE ledger_id = $1 AND (pool, currency) > (p.pool, p.currency)
			ORDER BY pool, currency LIMIT 1
		) n
	)`

// poolSums sums up each pool p per kind, before day $2 and until day $3, or NULL
// for all; what stands for %[3]s restricts the pools.
const poolSums = pools + `
	SELECT p.pool, p.currency, t.kind, SUM(t.before)::bigint, SUM(t.until)::bigint
	FROM pools p
	CROSS JOIN LATERAL (%[1]s
		UNION ALL %[2]s
	) t
	%[3]s
	GROUP BY p.pool, p.currency, t.kind`

// PoolTotals sums up all pools per currency and kind, in no order. first may be
// zero for the beginning, last zero for everything booked.
func (s *Store) PoolTotals(ctx context.Context, first, last leaf.Day) ([]statement.Total, error) {
	return s.poolTotals(ctx, "", first, last)
}

// FundTotals sums up what a fund has: the pools of its money, its deficit and its
// awards. The period is that of PoolTotals.
func (s *Store) FundTotals(ctx context.Context, fund string, first, last leaf.Day) ([]statement.Total, error) {
	return s.poolTotals(ctx, `WHERE p.pool = ANY($4)`, first, last, statement.PoolsOf(fund))
}

// FundCurrencies reads the currencies in which anything was ever booked on a fund,
// in order; none where the books do not know it.
func (s *Store) FundCurrencies(ctx context.Context, fund string) ([]string, error) {
	return postgres.Many(ctx, s.db.Bulk, "currencies of a fund", pgx.RowTo[string], pools+`
		SELECT DISTINCT currency FROM pools WHERE pool = ANY($2) ORDER BY currency`, s.ledger, statement.PoolsOf(fund))
}

func (s *Store) poolTotals(ctx context.Context, which string, first, last leaf.Day, args ...any) ([]statement.Total, error) {
	sql := fmt.Sprintf(poolSums,
		untilDay("kind, credits - debits AS before, 0 AS until", "p.pool", "p.currency", "($2::date - 1)"),
		untilDay("kind, 0, credits - debits", "p.pool", "p.currency", "$3::date"), which)
	totals, err := postgres.Many(ctx, s.db.Bulk, "sums of pools", func(row pgx.CollectableRow) (t statement.Total, err error) {
		err = row.Scan(&t.Pool, &t.Currency, &t.Kind, &t.Before, &t.Within)
		t.Within -= t.Before // both are sums from the beginning
		return t, err
	}, sql, append([]any{s.ledger, first.Time(), date(last)}, args...)...)
	return totals, tooLarge(err)
}

// date is a parameter for a day, NULL for none.
func date(d leaf.Day) *time.Time {
	if d == 0 {
		return nil
	}
	t := d.Time()
	return &t
}
