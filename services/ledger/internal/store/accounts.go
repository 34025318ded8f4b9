package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
)

// Balances reads what was booked on accounts, in the order asked for; zero for
// one that does not exist. They are read in one statement, so at one moment.
func (s *Store) Balances(ctx context.Context, accounts []leaf.Account) ([]book.Balance, error) {
	paths, currencies := make([]string, len(accounts)), make([]string, len(accounts))
	for i, a := range accounts {
		paths[i], currencies[i] = a.Path, a.Currency
	}
	rows, err := s.db.Pool.Query(ctx, `
		SELECT k.place, b.debits, b.credits
		FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (path, currency, place)
		JOIN accounts a ON a.ledger_id = $1 AND a.path = k.path AND a.currency = k.currency
		JOIN balances b ON b.ledger_id = $1 AND b.account = a.account`, s.ledger, paths, currencies)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	out := make([]book.Balance, len(accounts))
	var place int64
	var b book.Balance
	if _, err := pgx.ForEachRow(rows, []any{&place, &b.Debits, &b.Credits}, func() error {
		out[place-1] = b
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	return out, nil
}

// last is a byte after all that stand in paths.
const last = "\x7f"

// accountsBy selects the accounts of a query by key: behind one of them, up to the
// end of a prefix and to a number. The row is the only lower bound, since the
// index would start at whichever of two it meets first. What is joined to each
// account is read for it alone.
const (
	accountsBy = `
		WHERE a.ledger_id = $1 AND (a.path, a.currency) > ($2, $3) AND a.path < $4 AND a.account <= $5
		ORDER BY a.path, a.currency LIMIT $6`
	accountsNow = `
		SELECT a.path, a.currency, b.debits, b.credits, b.credits - b.debits AS net
		FROM accounts a
		CROSS JOIN LATERAL (
			SELECT debits, credits FROM balances WHERE ledger_id = $1 AND account = a.account OFFSET 0
		) b` + accountsBy
	accountsAtSequence = `
		SELECT a.path, a.currency, 0::bigint AS debits, 0::bigint AS credits, e.balance AS net
		FROM accounts a
		CROSS JOIN LATERAL (
			SELECT balance FROM entries WHERE ledger_id = $1 AND account = a.account AND sequence <= $7
			ORDER BY sequence DESC, number DESC LIMIT 1
		) e` + accountsBy
	// An account that is no pool of its own has few days.
	accountsAtDate = `
		SELECT a.path, a.currency, d.debits, d.credits, d.credits - d.debits AS net
		FROM accounts a
		CROSS JOIN LATERAL (
			SELECT SUM(debits)::bigint AS debits, SUM(credits)::bigint AS credits
			FROM (%s
				UNION ALL
				SELECT debits, credits FROM day_totals
				WHERE ledger_id = $1 AND account = a.account AND booking_date <= $7::date AND a.pool <> a.path
			) u
			HAVING COUNT(*) > 0
		) d` + accountsBy
)

// byKey is sent before a query whose every step goes by a key, in the transaction
// that both are: it is planned once for each connection, and not for each call.
const byKey = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`

// batcher is what several queries can be sent to at once.
type batcher interface {
	postgres.Querier
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Accounts lists accounts by path and currency.
func (s *Store) Accounts(ctx context.Context, q query.Accounts) ([]query.Balance, error) {
	return s.accounts(ctx, s.db.Bulk, q)
}

func (s *Store) accounts(ctx context.Context, db batcher, q query.Accounts) ([]query.Balance, error) {
	after := q.After
	if after.Path == "" {
		after.Path = q.Prefix // no account lacks a currency: those of this path are behind it
	}
	opened, err := s.openedBy(ctx, db, q)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	sql, args := accountsNow, []any{s.ledger, after.Path, after.Currency, q.Prefix + last, opened, q.Limit}
	switch {
	case q.Sequence != nil:
		sql, args = accountsAtSequence, append(args, *q.Sequence)
	case q.Date != 0:
		sql, args = fmt.Sprintf(accountsAtDate, untilDay("debits, credits", "a.path", "a.currency", "$7::date")), append(args, q.Date.Time())
	}
	batch := &pgx.Batch{}
	batch.Queue(byKey)
	var out []query.Balance
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a query.Balance, err error) {
			err = row.Scan(&a.Path, &a.Currency, &a.Debits, &a.Credits, &a.Net)
			return a, err
		})
		return err
	})
	if err := db.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("list accounts: %w", tooLarge(err))
	}
	return out, nil
}
