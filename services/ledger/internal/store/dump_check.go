package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// check looks for rows that neither a leaf nor a balance shows.
func (d *dump) check(ctx context.Context) error {
	if d.lost {
		return nil
	}
	for _, check := range []func(context.Context) error{d.checkLeaves, d.checkTiles, d.checkAccounts, d.checkLooks, d.checkLedgers} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each calls fn for every row of a query, scanned into the given places.
func (d *dump) each(ctx context.Context, sql string, args, into []any, fn func() error) error {
	rows, err := d.tx.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("check rows: %w", err)
	}
	if _, err := pgx.ForEachRow(rows, into, fn); err != nil {
		return fmt.Errorf("check rows: %w", err)
	}
	return nil
}

// checkLeaves looks for rows of leaves that are not in the log.
func (d *dump) checkLeaves(ctx context.Context) error {
	for _, table := range []string{"leaves", "transactions", "entries", "decisions", "periods"} {
		var sequence int64
		if err := d.each(ctx, `
			(SELECT sequence FROM `+table+` WHERE ledger_id = $1 AND sequence < 0 ORDER BY sequence LIMIT 1)
			UNION ALL
			(SELECT sequence FROM `+table+` WHERE ledger_id = $1 AND sequence >= $2 ORDER BY sequence DESC LIMIT 1)`,
			[]any{d.store.ledger, d.at.Size}, []any{&sequence}, func() error {
				return d.wrong("the table %s has an entry %d, but the head says %d leaves", table, sequence, d.at.Size)
			}); err != nil {
			return err
		}
	}
	return nil
}

// checkTiles looks for tiles, and hashes in them, that the log does not have.
func (d *dump) checkTiles(ctx context.Context) error {
	var level int
	var tiles, hashes, last int64
	want := map[int]int64{}
	for l := 0; d.at.Size>>(8*l) > 0; l++ {
		want[l] = d.at.Size >> (8 * l)
	}
	if err := d.each(ctx, `
		SELECT level, COUNT(*), SUM(length(hashes)) / $2, MAX(tile) FROM tiles
		WHERE ledger_id = $1 GROUP BY level ORDER BY level`,
		[]any{d.store.ledger, merkle.HashSize}, []any{&level, &tiles, &hashes, &last}, func() error {
			n := want[level]
			delete(want, level)
			if all := (n + merkle.TileWidth - 1) / merkle.TileWidth; hashes != n || tiles != all || last != all-1 {
				return d.wrong("level %d has %d tiles, the last one tile/%d/%03d, with %d hashes, but belong %d and %d",
					level, tiles, level, last, hashes, all, n)
			}
			return nil
		}); err != nil {
		return err
	}
	for level := range want {
		if err := d.wrong("level %d has no tiles", level); err != nil {
			return err
		}
	}
	return nil
}

// checkAccounts compares the accounts with the head, and what reports sum up with
// the totals by day.
func (d *dump) checkAccounts(ctx context.Context) error {
	var count, last int64
	if err := d.each(ctx, `SELECT COUNT(*), COALESCE(MAX(account), 0) FROM accounts WHERE ledger_id = $1`,
		[]any{d.store.ledger}, []any{&count, &last}, func() error {
			if count == d.accounts && last == d.accounts {
				return nil
			}
			return d.wrong("the head says %d accounts, but there are %d, the last one with number %d", d.accounts, count, last)
		}); err != nil {
		return err
	}
	var pool, currency, day string
	return d.each(ctx, `
		WITH summed AS (
			SELECT a.pool, a.currency, s.span, date_trunc(s.unit, d.booking_date)::date AS first_day,
				d.kind, SUM(d.debits) AS debits, SUM(d.credits) AS credits
			FROM day_totals d JOIN accounts a ON a.ledger_id = $1 AND a.account = d.account
			CROSS JOIN (VALUES (1::smallint, 'day'), (2, 'month'), (3, 'year')) AS s (span, unit)
			WHERE d.ledger_id = $1 GROUP BY 1, 2, 3, 4, 5
		)
		SELECT pool, currency, first_day::text FROM summed s
		FULL JOIN (
			SELECT pool, currency, span, first_day, kind, debits, credits FROM pool_totals WHERE ledger_id = $1
		) p USING (pool, currency, span, first_day, kind)
		WHERE s.debits IS DISTINCT FROM p.debits OR s.credits IS DISTINCT FROM p.credits
		ORDER BY pool, currency, first_day`,
		[]any{d.store.ledger}, []any{&pool, &currency, &day}, func() error {
			return d.wrong("the totals of the pool %s in %s from %s on are not those of its accounts", pool, currency, day)
		})
}

// checkLooks looks for looks at the log that it cannot have had: larger than it is,
// or smaller than on a day before.
func (d *dump) checkLooks(ctx context.Context) error {
	var day string
	return d.each(ctx, `
		SELECT day::text FROM (
			SELECT day, size, MAX(size) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
			FROM daily_looks WHERE ledger_id = $1
		) t
		WHERE size > $2 OR size < before ORDER BY day`,
		[]any{d.store.ledger, d.at.Size}, []any{&day}, func() error {
			return d.wrong("the look at the log on %s is of a size that it did not have then", day)
		})
}

// checkLedgers looks for rows of ledgers that do not exist, and for heads without
// a log.
func (d *dump) checkLedgers(ctx context.Context) error {
	var ledger int64
	for _, table := range ledgerTables {
		if err := d.each(ctx, `
			WITH RECURSIVE present AS (
				(SELECT ledger_id FROM `+table+` ORDER BY ledger_id LIMIT 1)
				UNION ALL
				SELECT (SELECT ledger_id FROM `+table+` WHERE ledger_id > p.ledger_id ORDER BY ledger_id LIMIT 1)
				FROM present p WHERE p.ledger_id IS NOT NULL
			)
			SELECT ledger_id FROM present WHERE ledger_id NOT IN (SELECT ledger_id FROM head)`,
			nil, []any{&ledger}, func() error {
				return d.wrong("the table %s has rows of ledger %d, which does not exist", table, ledger)
			}); err != nil {
			return err
		}
	}
	var name string
	return d.each(ctx, `
		SELECT name FROM head h
		WHERE ledger_id <> $1 AND size <> (SELECT COALESCE(MAX(sequence) + 1, 0) FROM leaves WHERE ledger_id = h.ledger_id)`,
		[]any{d.store.ledger}, []any{&name}, func() error {
			return d.wrong("the head of ledger %s has another size than its log", name)
		})
}

// ledgerTables are those whose rows belong to a ledger's log.
var ledgerTables = []string{"leaves", "tiles", "checkpoints", "accounts", "transactions", "entries", "balances", "day_totals", "pool_totals", "decisions", "periods", "daily_looks"}
