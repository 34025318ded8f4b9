package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Transaction reads the transaction at a sequence.
func (s *Store) Transaction(ctx context.Context, sequence int64) (*leaf.Transaction, error) {
	l, err := s.leafAt(ctx, sequence)
	if err == nil && l.Transaction == nil {
		err = fault.Missing("transaction")
	}
	return l.Transaction, err
}

// Decision reads the decision at a sequence.
func (s *Store) Decision(ctx context.Context, sequence int64) (*leaf.Decision, error) {
	l, err := s.leafAt(ctx, sequence)
	if err == nil && l.Decision == nil {
		err = fault.Missing("decision")
	}
	return l.Decision, err
}

// leafAt reads the leaf at a sequence; one that is not there is empty.
func (s *Store) leafAt(ctx context.Context, sequence int64) (leaf.Leaf, error) {
	l, err := postgres.One(ctx, s.db.Pool, "leaf", scanLeaf,
		`SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = $2`, s.ledger, sequence)
	if fault.OfKind(err, fault.NotFound) {
		return leaf.Leaf{}, nil
	}
	return l, err
}

// Transactions lists at most limit transactions after a sequence (-1 for all)
// that fit an AIP-160 filter.
func (s *Store) Transactions(ctx context.Context, text string, after int64, limit int) ([]*leaf.Transaction, error) {
	where, err := filter.Parse(text, transactionColumns(), 5)
	if err != nil {
		return nil, err
	}
	var leaves []leaf.Leaf
	err = s.patiently(ctx, tooWide, func(ctx context.Context) error {
		b, err := s.bound(ctx, where, after)
		if err != nil {
			return err
		}
		leaves, err = s.leaves(ctx, s.db.Bulk, `
			SELECT l.bytes
			FROM (
				SELECT t.sequence FROM transactions t
				WHERE t.ledger_id = $1 AND t.sequence > $2 AND t.sequence <= $3 AND `+where.SQL+`
				ORDER BY t.sequence LIMIT $4
			) p`+leafOf, append([]any{planned, s.ledger, b.after, b.last, limit}, where.Args...)...)
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
	err = s.patiently(ctx, tooWide, func(ctx context.Context) error {
		leaves, err = s.leaves(ctx, s.db.Bulk, `
			SELECT l.bytes
			FROM (
				SELECT d.sequence FROM decisions d
				WHERE d.ledger_id = $1 AND d.sequence > $2 AND `+where.SQL+`
				ORDER BY d.sequence LIMIT $3
			) p`+leafOf, append([]any{planned, s.ledger, after, limit}, where.Args...)...)
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

// leafOf joins the leaf of each row of a page p. What the joins of these lists do
// is look up by key, row by row: OFFSET 0 keeps the planner from merging whole
// tables instead, which it does where it hopes for an early end.
const leafOf = `
	CROSS JOIN LATERAL (SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = p.sequence OFFSET 0) l
	ORDER BY p.sequence`

// leaves decodes the leaves that a query selects.
func (s *Store) leaves(ctx context.Context, db postgres.Querier, sql string, args ...any) ([]leaf.Leaf, error) {
	return postgres.Many(ctx, db, "leaves", scanLeaf, sql, args...)
}

func scanLeaf(row pgx.CollectableRow) (leaf.Leaf, error) {
	var raw []byte
	if err := row.Scan(&raw); err != nil {
		return leaf.Leaf{}, err
	}
	return leaf.Decode(raw)
}
