package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
)

// poolsUntil selects what pools have had by the end of a day, $2, or NULL for all.
func poolsUntil() string {
	return `
	SELECT p.pool, p.currency, t.debits, t.credits
	FROM pools p
	CROSS JOIN LATERAL (` + untilDay("debits, credits", "p.pool", "p.currency", "$2::date") + `) t`
}

// trialLines sums pools up to lines: one for all awards, one for all rounds.
// Couriers are no line together, but one each.
const trialLines = `
	SELECT CASE WHEN pool LIKE 'award:*%%' THEN 'award:*' WHEN pool LIKE 'round:*%%' THEN 'round:*' ELSE pool END
			COLLATE "C" AS path,
		currency, SUM(debits)::bigint AS debits, SUM(credits)::bigint AS credits
	FROM (%s) u WHERE pool <> 'asset:cash:*'
	GROUP BY 1, 2
	UNION ALL
	SELECT a.path, a.currency, d.debits, d.credits
	FROM accounts a
	CROSS JOIN LATERAL (
		SELECT SUM(debits)::bigint AS debits, SUM(credits)::bigint AS credits FROM day_totals
		WHERE ledger_id = $1 AND account = a.account AND ($2::date IS NULL OR booking_date <= $2::date)
		HAVING COUNT(*) > 0
	) d
	WHERE a.ledger_id = $1 AND a.path >= 'asset:cash:' AND a.path < 'asset:cash;'`

// TrialBalance reads lines by path and currency, and the sums of all lines per
// currency, which have no path; both at one moment, whatever is booked meanwhile.
func (s *Store) TrialBalance(ctx context.Context, q query.TrialBalance) (lines, totals []query.Balance, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if totals, err = s.trialTotals(ctx, tx, q.Date); err != nil {
			return err
		}
		if q.Detailed {
			lines, err = s.accounts(ctx, tx, query.Accounts{Date: q.Date, After: q.After, Limit: q.Limit})
		} else {
			lines, err = s.trialPage(ctx, tx, q)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read trial balance: %w", tooLarge(err))
	}
	return lines, totals, nil
}

func (s *Store) trialPage(ctx context.Context, tx pgx.Tx, q query.TrialBalance) ([]query.Balance, error) {
	return postgres.Many(ctx, tx, "lines", func(row pgx.CollectableRow) (a query.Balance, err error) {
		err = row.Scan(&a.Path, &a.Currency, &a.Debits, &a.Credits)
		a.Net = a.Credits - a.Debits
		return a, err
	}, pools+`
		SELECT path, currency, debits, credits FROM (`+fmt.Sprintf(trialLines, poolsUntil())+`) l WHERE (path, currency) > ($3, $4)
		ORDER BY path, currency LIMIT $5`,
		s.ledger, date(q.Date), q.After.Path, q.After.Currency, q.Limit)
}

func (s *Store) trialTotals(ctx context.Context, tx pgx.Tx, day leaf.Day) ([]query.Balance, error) {
	return postgres.Many(ctx, tx, "totals", func(row pgx.CollectableRow) (a query.Balance, err error) {
		err = row.Scan(&a.Currency, &a.Debits, &a.Credits)
		return a, err
	}, pools+`
		SELECT currency, SUM(debits)::bigint, SUM(credits)::bigint FROM (`+poolsUntil()+`) u
		GROUP BY currency ORDER BY currency`, s.ledger, date(day))
}
