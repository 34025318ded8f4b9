package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// Open returns the first day of the next period: the first open day or, before
// anything was closed, the first booking date; zero where nothing is booked.
func (s *Periods) Open(ctx context.Context) (leaf.Day, error) {
	_, open, err := s.head(ctx, s.db.Pool)
	return open, err
}

// Holdings reads what the ledger holds at the end of a day, at one moment.
func (s *Periods) Holdings(ctx context.Context, last leaf.Day) (period.Holdings, error) {
	var h period.Holdings
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if h.Size, h.Open, err = s.head(ctx, tx); err != nil {
			return err
		}
		if h.Totals, err = s.totals(ctx, tx, last); err != nil {
			return err
		}
		h.Days, err = s.days(ctx, tx, last)
		return err
	})
	return h, err
}

func (s *Periods) head(ctx context.Context, db postgres.Querier) (size int64, open leaf.Day, err error) {
	type head struct {
		Size int64
		Open *time.Time
	}
	h, err := postgres.One(ctx, db, "head", pgx.RowToStructByPos[head], `
		SELECT size, COALESCE(open_from, (SELECT MIN(booking_date) FROM transactions WHERE ledger_id = $1))
		FROM head WHERE ledger_id = $1`, s.ledger)
	if h.Open != nil {
		open = leaf.DayOf(*h.Open)
	}
	return h.Size, open, err
}

// totals reads the balances at the end of a day that are not zero: those of now
// less what was booked on later days, which is little where a period is closed
// soon after its end.
func (s *Periods) totals(ctx context.Context, tx pgx.Tx, last leaf.Day) ([]leaf.Total, error) {
	return postgres.Many(ctx, tx, "balances", pgx.RowToStructByPos[leaf.Total], `
		WITH later AS (
			SELECT e.account, SUM(CASE e.side WHEN 2 THEN e.amount ELSE -e.amount END)::bigint AS net
			FROM transactions t
			JOIN entries e ON e.ledger_id = $1 AND e.sequence = t.sequence
			WHERE t.ledger_id = $1 AND t.booking_date > $2
			GROUP BY e.account
		), totals AS (
			SELECT b.account, b.credits - b.debits - COALESCE(l.net, 0) AS balance
			FROM balances b LEFT JOIN later l ON l.account = b.account
			WHERE b.ledger_id = $1
		)
		SELECT a.path, a.currency, t.balance
		FROM totals t JOIN accounts a ON a.ledger_id = $1 AND a.account = t.account
		WHERE t.balance <> 0`, s.ledger, last.Time())
}

// days reads the movements of bank, cash, suspense and transit accounts up to a day.
func (s *Periods) days(ctx context.Context, tx pgx.Tx, last leaf.Day) ([]period.DayTotal, error) {
	return postgres.Many(ctx, tx, "movements", func(row pgx.CollectableRow) (d period.DayTotal, err error) {
		var day time.Time
		err = row.Scan(&d.Path, &d.Currency, &day, &d.Net)
		d.Day = leaf.DayOf(day)
		return d, err
	}, `
		SELECT a.path, a.currency, d.booking_date, SUM(d.credits - d.debits)::bigint
		FROM accounts a
		JOIN day_totals d ON d.ledger_id = $1 AND d.account = a.account AND d.booking_date <= $2
		WHERE a.ledger_id = $1 AND (a.path >= 'asset:bank:' AND a.path < 'asset:bank;'
			OR a.path >= 'asset:cash:' AND a.path < 'asset:cash;'
			OR a.path >= 'suspense:' AND a.path < 'suspense;' OR a.path >= 'transit:' AND a.path < 'transit;')
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, s.ledger, last.Time())
}
