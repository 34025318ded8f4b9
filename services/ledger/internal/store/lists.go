package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/filter"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Transaction reads the transaction at a sequence.
func (s *Store) Transaction(ctx context.Context, sequence int64) (*leaf.Transaction, error) {
	var raw []byte
	err := s.db.Pool.QueryRow(ctx, `SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = $2`,
		s.ledger, sequence).Scan(&raw)
	if err != nil && !postgres.IsNotFound(err) {
		return nil, fmt.Errorf("read transaction %d: %w", sequence, err)
	}
	if err == nil {
		l, err := leaf.Decode(raw)
		if err != nil {
			return nil, fmt.Errorf("read transaction %d: %w", sequence, err)
		}
		if l.Transaction != nil {
			return l.Transaction, nil
		}
	}
	return nil, fault.Missing("transaction")
}

// Transactions lists at most limit transactions after a sequence (-1 for all)
// that fit an AIP-160 filter.
func (s *Store) Transactions(ctx context.Context, text string, after int64, limit int) ([]*leaf.Transaction, error) {
	where, err := filter.Parse(text, transactionColumns(), 5)
	if err != nil {
		return nil, err
	}
	var leaves []leaf.Leaf
	err = s.patiently(ctx, func(ctx context.Context) error {
		b, err := s.bound(ctx, where, after)
		if err != nil {
			return err
		}
		leaves, err = s.leaves(ctx, `
			SELECT l.bytes
			FROM transactions t JOIN leaves l ON l.ledger_id = $1 AND l.sequence = t.sequence
			WHERE t.ledger_id = $1 AND t.sequence > $2 AND t.sequence <= $3 AND `+where.SQL+`
			ORDER BY t.sequence LIMIT $4`, append([]any{planned, s.ledger, b.after, b.last, limit}, where.Args...)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list transactions: %w", err)
	}
	out := make([]*leaf.Transaction, len(leaves))
	for i, l := range leaves {
		out[i] = l.Transaction
	}
	return out, nil
}

// Decisions lists at most limit decisions after a sequence (-1 for all) that fit
// an AIP-160 filter.
func (s *Store) Decisions(ctx context.Context, text string, after int64, limit int) ([]*leaf.Decision, error) {
	where, err := filter.Parse(text, decisionColumns(), 4)
	if err != nil {
		return nil, err
	}
	var leaves []leaf.Leaf
	err = s.patiently(ctx, func(ctx context.Context) error {
		leaves, err = s.leaves(ctx, `
			SELECT l.bytes
			FROM decisions d JOIN leaves l ON l.ledger_id = $1 AND l.sequence = d.sequence
			WHERE d.ledger_id = $1 AND d.sequence > $2 AND `+where.SQL+`
			ORDER BY d.sequence LIMIT $3`, append([]any{planned, s.ledger, after, limit}, where.Args...)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	out := make([]*leaf.Decision, len(leaves))
	for i, l := range leaves {
		out[i] = l.Decision
	}
	return out, nil
}

// leaves decodes the leaves that a query selects.
func (s *Store) leaves(ctx context.Context, sql string, args ...any) ([]leaf.Leaf, error) {
	rows, err := s.db.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (leaf.Leaf, error) {
		var raw []byte
		if err := row.Scan(&raw); err != nil {
			return leaf.Leaf{}, err
		}
		return leaf.Decode(raw)
	})
}

// Entry is a line of a transaction with what the transaction says.
type Entry struct {
	Sequence    int64
	Number      int16
	Path        string
	Currency    string
	Side        int16
	Amount      int64
	Balance     int64
	BookingDate time.Time
	Kind        int16
	Source      string
}

// planned makes the database plan a list for the values that it has: what is fast
// for a rare kind is not for a frequent one.
const planned = pgx.QueryExecModeCacheDescribe

// entriesOf selects entries behind sequence $2 and number $3, up to sequence $4;
// what follows orders and bounds them.
const entriesOf = `
	SELECT e.sequence, e.number, a.path, e.currency, e.side, e.amount, e.balance,
		t.booking_date, t.kind, t.source
	FROM entries e
	JOIN accounts a ON a.ledger_id = $1 AND a.account = e.account
	JOIN transactions t ON t.ledger_id = $1 AND t.sequence = e.sequence
	WHERE e.ledger_id = $1 AND t.sequence >= $2 AND t.sequence <= $4 AND (e.sequence, e.number) > ($2, $3) AND `

// Entries lists at most limit entries after a sequence and number that fit an
// AIP-160 filter. Where the filter names one account, they are read along that
// account's index, once per currency, however many other entries there are.
func (s *Store) Entries(ctx context.Context, text string, after int64, number, limit int) ([]Entry, error) {
	where, err := filter.Parse(text, entryColumns(), 7)
	if err != nil {
		return nil, err
	}
	var out []Entry
	err = s.patiently(ctx, func(ctx context.Context) error {
		out, err = s.entries(ctx, where, after, number, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	return out, nil
}

func (s *Store) entries(ctx context.Context, where filter.Condition, after int64, number, limit int) ([]Entry, error) {
	b, err := s.bound(ctx, where, after)
	if err != nil {
		return nil, err
	}
	if b.after > after {
		after, number = b.after+1, 0 // from the beginning of that transaction
	}
	path, one := where.Fixed("account")
	sql := entriesOf + where.SQL + ` AND $6::text IS NULL ORDER BY e.sequence, e.number LIMIT $5`
	if one {
		sql = `
			SELECT p.* FROM accounts o
			CROSS JOIN LATERAL (` + entriesOf + where.SQL + `
				AND e.account = o.account ORDER BY e.sequence, e.number LIMIT $5
			) p
			WHERE o.ledger_id = $1 AND o.path = $6 ORDER BY p.sequence, p.number LIMIT $5`
	}
	args := append([]any{planned, s.ledger, after, number, b.last, limit, path}, where.Args...)
	rows, err := s.db.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
}
