package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
)

// planned makes the database plan a list for the values that it has: what is fast
// for a rare kind is not for a frequent one.
const planned = pgx.QueryExecModeCacheDescribe

// entryLine is what is selected of an entry e, its account a and transaction t.
const entryLine = `SELECT e.sequence, e.number, a.path, e.currency, e.side, e.amount, e.balance, t.booking_date, t.kind, t.source`

// entriesOfLog reads entries behind sequence $2 and number $3, up to sequence $4,
// transaction by transaction; the filter stands between it and its order.
const entriesOfLog = entryLine + `
	FROM transactions t
	CROSS JOIN LATERAL (
		SELECT sequence, number, account, currency, side, amount, balance FROM entries
		WHERE ledger_id = $1 AND sequence = t.sequence OFFSET 0
	) e
	CROSS JOIN LATERAL (SELECT path FROM accounts WHERE ledger_id = $1 AND account = e.account OFFSET 0) a
	WHERE t.ledger_id = $1 AND t.sequence >= $2 AND t.sequence <= $4 AND (t.sequence > $2 OR e.number > $3) AND `

// entriesOfTransactions does the same where the filter stands on transactions alone.
// Those of the page are found first, in the order of an index: the planner has no day
// or source to join and sort as a whole. Each has an entry.
const entriesOfTransactions = entryLine + `
	FROM (
		SELECT t.sequence, t.booking_date, t.kind, t.source FROM transactions t
		WHERE t.ledger_id = $1 AND t.sequence >= $2 AND t.sequence <= $4 AND %s
		ORDER BY t.sequence LIMIT $5::bigint + 1
	) t
	CROSS JOIN LATERAL (
		SELECT sequence, number, account, currency, side, amount, balance FROM entries
		WHERE ledger_id = $1 AND sequence = t.sequence OFFSET 0
	) e
	CROSS JOIN LATERAL (SELECT path FROM accounts WHERE ledger_id = $1 AND account = e.account OFFSET 0) a
	WHERE t.sequence > $2 OR e.number > $3`

// entriesOfAccount does the same along the entries of account o.
const entriesOfAccount = entryLine + `
	FROM entries e
	CROSS JOIN LATERAL (SELECT o.path) a
	CROSS JOIN LATERAL (
		SELECT sequence, booking_date, occurred_on, kind, source FROM transactions
		WHERE ledger_id = $1 AND sequence = e.sequence OFFSET 0
	) t
	WHERE e.ledger_id = $1 AND e.account = o.account AND (e.sequence, e.number) > ($2, $3) AND e.sequence <= $4 AND `

const inOrder = ` ORDER BY t.sequence, e.number LIMIT $5`

// Entries lists at most limit entries after a sequence and number that fit an
// AIP-160 filter. Where the filter names one account, or a few by their beginning,
// they are read along those accounts' index, once per currency, however many other
// entries there are.
func (s *Store) Entries(ctx context.Context, text string, after int64, number, limit int) ([]query.Entry, error) {
	where, err := filter.Parse(text, entryColumns(), 6)
	if err != nil {
		return nil, err
	}
	var out []query.Entry
	err = s.patiently(ctx, tooWide, func(ctx context.Context) error {
		out, err = s.entries(ctx, text, where, after, number, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	return out, nil
}

func (s *Store) entries(ctx context.Context, text string, where filter.Condition, after int64, number, limit int) ([]query.Entry, error) {
	b, err := s.bound(ctx, where, after)
	if err != nil {
		return nil, err
	}
	if b.after > after {
		after, number = b.after+1, 0 // from the beginning of that transaction
	}
	args := append([]any{planned, s.ledger, after, number, b.last, limit}, where.Args...)
	sql := entriesOfLog + where.SQL + inOrder
	if _, err := filter.Parse(text, transactionColumns(), 6); err == nil {
		sql = fmt.Sprintf(entriesOfTransactions, where.SQL) + inOrder
	}
	which, paths, err := s.accountsOf(ctx, where, 6+len(where.Args))
	if err != nil {
		return nil, err
	}
	if which != "" {
		sql = `
			SELECT p.* FROM accounts o
			CROSS JOIN LATERAL (` + entriesOfAccount + where.SQL + ` ORDER BY e.sequence, e.number LIMIT $5) p
			WHERE o.ledger_id = $1 AND ` + which + `
			ORDER BY p.sequence, p.number LIMIT $5`
		args = append(args, paths...)
	}
	return postgres.Many(ctx, s.db.Bulk, "entries", scanEntry, sql, args...)
}

func scanEntry(row pgx.CollectableRow) (e query.Entry, err error) {
	var day time.Time
	err = row.Scan(&e.Sequence, &e.Number, &e.Account, &e.Currency, &e.Side, &e.Amount, &e.Balance, &day, &e.Kind, &e.Source)
	e.BookingDate = leaf.DayOf(day)
	return e, err
}

// fewAccounts is how many accounts a list reads one by one, the next entries of
// each: of more it rather looks through the log, where their entries are frequent.
const fewAccounts = 500

// accountsOf returns a condition on the accounts o, with its parameters from $first,
// where the filter names one account or a few that have the same beginning. It is ""
// where the filter names more or none, or a few transactions, which are found sooner.
func (s *Store) accountsOf(ctx context.Context, where filter.Condition, first int) (string, []any, error) {
	if knowsTransactions(where) {
		return "", nil, nil
	}
	if path, ok := where.Fixed("account"); ok {
		return fmt.Sprintf("o.path = $%d", first), []any{path}, nil
	}
	from, end, ok := where.Range("account")
	if !ok {
		return "", nil, nil
	}
	n, err := postgres.One(ctx, s.db.Bulk, "number of accounts", pgx.RowTo[int], `
		SELECT COUNT(*) FROM (
			SELECT FROM accounts WHERE ledger_id = $1 AND path >= $2 AND path < $3 LIMIT $4
		) f`, s.ledger, from, end, fewAccounts+1)
	if err != nil || n > fewAccounts {
		return "", nil, err
	}
	return fmt.Sprintf("o.path >= $%d AND o.path < $%d", first, first+1), []any{from, end}, nil
}

// knowsTransactions reports whether a filter names a few transactions.
func knowsTransactions(where filter.Condition) bool {
	for _, field := range []string{"source", "reference", "sequence"} {
		if _, ok := where.Fixed(field); ok {
			return true
		}
	}
	return false
}
