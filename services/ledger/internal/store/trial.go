package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// TrialBalanceQuery says which trial balance is read.
type TrialBalanceQuery struct {
	// Date is the booking date at whose end it is taken, zero for everything.
	Date leaf.Day
	// Detailed gives each award and round a line of its own.
	Detailed bool
	// After is the last line of the page before.
	After leaf.Account
	// Limit bounds the lines.
	Limit int
}

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
func (s *Store) TrialBalance(ctx context.Context, q TrialBalanceQuery) (lines, totals []AccountBalance, err error) {
	tx, err := s.db.Bulk.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, nil, fmt.Errorf("read trial balance: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // it has only read
	if totals, err = s.trialTotals(ctx, tx, q.Date); err != nil {
		return nil, nil, fmt.Errorf("read totals: %w", err)
	}
	if q.Detailed {
		lines, err = s.accounts(ctx, tx, AccountQuery{Date: q.Date, After: q.After, Limit: q.Limit})
	} else {
		lines, err = s.trialPage(ctx, tx, q)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read trial balance: %w", err)
	}
	return lines, totals, nil
}

func (s *Store) trialPage(ctx context.Context, db querier, q TrialBalanceQuery) ([]AccountBalance, error) {
	rows, err := db.Query(ctx, pools+`
		SELECT path, currency, debits, credits FROM (`+fmt.Sprintf(trialLines, poolsUntil())+`) l WHERE (path, currency) > ($3, $4)
		ORDER BY path, currency LIMIT $5`,
		s.ledger, date(q.Date), q.After.Path, q.After.Currency, q.Limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a AccountBalance, err error) {
		err = row.Scan(&a.Path, &a.Currency, &a.Debits, &a.Credits)
		a.Net = a.Balance.Net()
		return a, err
	})
}

func (s *Store) trialTotals(ctx context.Context, db querier, day leaf.Day) ([]AccountBalance, error) {
	rows, err := db.Query(ctx, pools+`
		SELECT currency, SUM(debits)::bigint, SUM(credits)::bigint FROM (`+poolsUntil()+`) u
		GROUP BY currency ORDER BY currency`, s.ledger, date(day))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a AccountBalance, err error) {
		err = row.Scan(&a.Currency, &a.Debits, &a.Credits)
		return a, err
	})
}
