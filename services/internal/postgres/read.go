package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Querier reads: a pool or a transaction.
type Querier interface {
	// Query runs a statement that returns rows.
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	// QueryRow runs a statement of which at most one row is read.
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// One reads exactly one row by scan; what names it in errors, and in the fault where
// there is none.
func One[T any](ctx context.Context, q Querier, what string, scan pgx.RowToFunc[T], sql string, args ...any) (one T, err error) {
	rows, err := q.Query(ctx, sql, args...)
	if err == nil {
		one, err = pgx.CollectExactlyOneRow(rows, scan)
	}
	switch {
	case IsNotFound(err):
		return one, fault.Missing(what).With(err)
	case err != nil:
		return one, fmt.Errorf("read %s: %w", what, err)
	}
	return one, nil
}

// Many reads all rows by scan; what names them in errors.
func Many[T any](ctx context.Context, q Querier, what string, scan pgx.RowToFunc[T], sql string, args ...any) (all []T, err error) {
	rows, err := q.Query(ctx, sql, args...)
	if err == nil {
		all, err = pgx.CollectRows(rows, scan)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return all, nil
}

// FirstTime reads a time; the zero time where the row holds NULL. what says in errors
// what was read.
func FirstTime(ctx context.Context, q Querier, what, sql string, args ...any) (time.Time, error) {
	at, err := One(ctx, q, what, pgx.RowTo[*time.Time], sql, args...)
	if err != nil || at == nil {
		return time.Time{}, err
	}
	return *at, nil
}
