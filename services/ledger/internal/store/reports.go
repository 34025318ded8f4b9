package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// TrialBalanceQuery says which trial balance is read.
type TrialBalanceQuery struct {
	// Date is the booking date at whose end it is taken, zero for everything.
	Date leaf.Day
	// Detailed gives each award and round a line of its own.
	Detailed bool
	// After is the last line of the page before.
	After book.Account
	// Limit bounds the lines.
	Limit int
}

// trialBalance sums up accounts to lines: $1 ledger, $2 date or NULL, $3 detailed.
const trialBalance = `
	WITH sums AS (
		SELECT account, debits, credits FROM balances WHERE ledger_id = $1 AND $2::date IS NULL
		UNION ALL
		SELECT account, SUM(debits), SUM(credits) FROM day_totals
		WHERE ledger_id = $1 AND booking_date <= $2::date GROUP BY account
	), lines AS (
		SELECT CASE WHEN $3 THEN a.path WHEN a.path LIKE 'award:%' THEN 'award:*' WHEN a.path LIKE 'round:%' THEN 'round:*' ELSE a.path END
				COLLATE "C" AS path,
			a.currency, SUM(s.debits)::bigint AS debits, SUM(s.credits)::bigint AS credits
		FROM sums s JOIN accounts a ON a.ledger_id = $1 AND a.account = s.account
		GROUP BY 1, 2
	)`

// TrialBalance reads lines by path and currency.
func (s *Store) TrialBalance(ctx context.Context, q TrialBalanceQuery) ([]AccountBalance, error) {
	rows, err := s.db.Pool.Query(ctx, trialBalance+`
		SELECT path, currency, debits, credits FROM lines WHERE (path, currency) > ($4, $5)
		ORDER BY path, currency LIMIT $6`,
		s.ledger, date(q.Date), q.Detailed, q.After.Path, q.After.Currency, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("read trial balance: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a AccountBalance, err error) {
		err = row.Scan(&a.Path, &a.Currency, &a.Debits, &a.Credits)
		a.Net = a.Balance.Net()
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read trial balance: %w", err)
	}
	return out, nil
}

// TrialBalanceTotals reads the sums per currency, with no path.
func (s *Store) TrialBalanceTotals(ctx context.Context, day leaf.Day) ([]AccountBalance, error) {
	rows, err := s.db.Pool.Query(ctx, trialBalance+`
		SELECT currency, SUM(debits)::bigint, SUM(credits)::bigint FROM lines GROUP BY currency ORDER BY currency`,
		s.ledger, date(day), false)
	if err != nil {
		return nil, fmt.Errorf("read totals: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a AccountBalance, err error) {
		err = row.Scan(&a.Currency, &a.Debits, &a.Credits)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read totals: %w", err)
	}
	return out, nil
}

// FundTotal is what a kind has moved on the accounts of a fund.
type FundTotal struct {
	Currency string
	// Account is "available", "clearing", "deficit", or "award" for the awards
	// out of the fund.
	Account string
	Kind    leaf.Kind
	// Before and Within are credits less debits before and in the period, in
	// minor units.
	Before, Within int64
}

// FundTotals sums up a fund per currency, account and kind. first may be zero for
// the beginning, last zero for everything booked.
func (s *Store) FundTotals(ctx context.Context, fund string, first, last leaf.Day) ([]FundTotal, error) {
	rows, err := s.db.Pool.Query(ctx, `
		WITH mine AS (
			SELECT account, currency, split_part(path, ':', 3) AS name FROM accounts
			WHERE ledger_id = $1 AND path IN ('fund:' || $2 || ':available', 'fund:' || $2 || ':clearing')
			UNION ALL
			SELECT account, currency, 'deficit' FROM accounts WHERE ledger_id = $1 AND path = 'deficit:' || $2
			UNION ALL
			SELECT a.account, a.currency, 'award' FROM (
				SELECT DISTINCT c.account
				FROM accounts f
				JOIN entries d ON d.ledger_id = $1 AND d.account = f.account AND d.side = 1
				JOIN transactions t ON t.ledger_id = $1 AND t.sequence = d.sequence AND t.kind IN ($5, $6)
				JOIN entries c ON c.ledger_id = $1 AND c.sequence = d.sequence AND c.side = 2
				WHERE f.ledger_id = $1 AND (f.path = 'fund:' || $2 || ':available'
					OR f.path >= 'round:' AND f.path < 'round;' AND split_part(f.path, ':', 3) = $2)
			) g
			JOIN accounts a ON a.ledger_id = $1 AND a.account = g.account AND a.path LIKE 'award:%'
		)
		SELECT m.currency, m.name, d.kind,
			COALESCE(SUM(d.credits - d.debits) FILTER (WHERE d.booking_date < $3), 0)::bigint,
			COALESCE(SUM(d.credits - d.debits) FILTER (WHERE d.booking_date >= $3), 0)::bigint
		FROM mine m JOIN day_totals d ON d.ledger_id = $1 AND d.account = m.account
		WHERE $4::date IS NULL OR d.booking_date <= $4::date
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
		s.ledger, fund, first.Time(), date(last), int16(leaf.RoundAward), int16(leaf.EmergencyGrant))
	if err != nil {
		return nil, fmt.Errorf("sum up fund: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FundTotal])
	if err != nil {
		return nil, fmt.Errorf("sum up fund: %w", err)
	}
	return out, nil
}

// date is a parameter for a day, NULL for none.
func date(d leaf.Day) *time.Time {
	if d == 0 {
		return nil
	}
	t := d.Time()
	return &t
}
