package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// check looks for rows that neither a leaf nor a balance shows.
func (b *books) check(ctx context.Context) error {
	if b.lost {
		return nil
	}
	for _, check := range []func(context.Context) error{b.checkLeaves, b.checkTiles, b.checkAccounts, b.checkTurns, b.checkLedgers} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each calls fn for every row of a query, scanned into the given places.
func (b *books) each(ctx context.Context, sql string, args, into []any, fn func() error) error {
	rows, err := b.tx.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("check rows: %w", err)
	}
	if _, err := pgx.ForEachRow(rows, into, fn); err != nil {
		return fmt.Errorf("check rows: %w", err)
	}
	return nil
}

// checkLeaves looks for rows of leaves that are not in the log.
func (b *books) checkLeaves(ctx context.Context) error {
	for _, table := range []string{"leaves", "transactions", "entries", "decisions", "periods"} {
		var sequence int64
		if err := b.each(ctx, `
			(SELECT sequence FROM `+table+` WHERE ledger_id = $1 AND sequence < 0 ORDER BY sequence LIMIT 1)
			UNION ALL
			(SELECT sequence FROM `+table+` WHERE ledger_id = $1 AND sequence >= $2 ORDER BY sequence DESC LIMIT 1)`,
			[]any{b.store.ledger, b.at.Size}, []any{&sequence}, func() error {
				return b.wrong("the table %s has an entry %d, but the head says %d leaves", table, sequence, b.at.Size)
			}); err != nil {
			return err
		}
	}
	return nil
}

// checkTiles looks for tiles, and hashes in them, that the log does not have.
func (b *books) checkTiles(ctx context.Context) error {
	var level int
	var tiles, hashes, last int64
	want := map[int]int64{}
	for l := 0; b.at.Size>>(8*l) > 0; l++ {
		want[l] = b.at.Size >> (8 * l)
	}
	if err := b.each(ctx, `
		SELECT level, COUNT(*), SUM(length(hashes)) / $2, MAX(tile) FROM tiles
		WHERE ledger_id = $1 GROUP BY level ORDER BY level`,
		[]any{b.store.ledger, merkle.HashSize}, []any{&level, &tiles, &hashes, &last}, func() error {
			n := want[level]
			delete(want, level)
			if all := (n + merkle.TileWidth - 1) / merkle.TileWidth; hashes != n || tiles != all || last != all-1 {
				return b.wrong("level %d has %d tiles, the last one tile/%d/%03d, with %d hashes, but belong %d and %d",
					level, tiles, level, last, hashes, all, n)
			}
			return nil
		}); err != nil {
		return err
	}
	for level := range want {
		if err := b.wrong("level %d has no tiles", level); err != nil {
			return err
		}
	}
	return nil
}

// checkAccounts compares the accounts with the head, and what reports sum up with
// the totals by day.
func (b *books) checkAccounts(ctx context.Context) error {
	var count, last int64
	if err := b.each(ctx, `SELECT COUNT(*), COALESCE(MAX(account), 0) FROM accounts WHERE ledger_id = $1`,
		[]any{b.store.ledger}, []any{&count, &last}, func() error {
			if count == b.accounts && last == b.accounts {
				return nil
			}
			return b.wrong("the head says %d accounts, but there are %d, the last one with number %d", b.accounts, count, last)
		}); err != nil {
		return err
	}
	var pool, currency, day string
	return b.each(ctx, `
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
		[]any{b.store.ledger}, []any{&pool, &currency, &day}, func() error {
			return b.wrong("the totals of the pool %s in %s from %s on are not those of its accounts", pool, currency, day)
		})
}

// checkTurns looks for looks at the log that it cannot have had: larger than it is,
// or smaller than on a day before.
func (b *books) checkTurns(ctx context.Context) error {
	var day string
	return b.each(ctx, `
		SELECT day::text FROM (
			SELECT day, size, MAX(size) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
			FROM turns WHERE ledger_id = $1
		) t
		WHERE size > $2 OR size < before ORDER BY day`,
		[]any{b.store.ledger, b.at.Size}, []any{&day}, func() error {
			return b.wrong("the look at the log on %s is of a size that it did not have then", day)
		})
}

// checkLedgers looks for rows of ledgers that do not exist, and for heads without
// a log.
func (b *books) checkLedgers(ctx context.Context) error {
	var ledger int64
	for _, table := range ledgerTables {
		if err := b.each(ctx, `
			WITH RECURSIVE present AS (
				(SELECT ledger_id FROM `+table+` ORDER BY ledger_id LIMIT 1)
				UNION ALL
				SELECT (SELECT ledger_id FROM `+table+` WHERE ledger_id > p.ledger_id ORDER BY ledger_id LIMIT 1)
				FROM present p WHERE p.ledger_id IS NOT NULL
			)
			SELECT ledger_id FROM present WHERE ledger_id NOT IN (SELECT ledger_id FROM head)`,
			nil, []any{&ledger}, func() error {
				return b.wrong("the table %s has rows of ledger %d, which does not exist", table, ledger)
			}); err != nil {
			return err
		}
	}
	var name string
	return b.each(ctx, `
		SELECT name FROM head h
		WHERE ledger_id <> $1 AND size <> (SELECT COALESCE(MAX(sequence) + 1, 0) FROM leaves WHERE ledger_id = h.ledger_id)`,
		[]any{b.store.ledger}, []any{&name}, func() error {
			return b.wrong("the head of ledger %s has another size than its log", name)
		})
}

// ledgerTables are those whose rows belong to a ledger's log.
var ledgerTables = []string{"leaves", "tiles", "checkpoints", "accounts", "transactions", "entries", "balances", "day_totals", "pool_totals", "decisions", "periods", "turns"}
