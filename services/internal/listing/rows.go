package listing

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Database is what a page is read from.
type Database interface {
	// SendBatch runs statements together.
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// byIndex has PostgreSQL find the rows of a page in the order of an index, and plan it
// with the values that it is asked for. Left to itself it would rather read all rows of
// an owner or a day and sort them, wherever it takes them for few: where it has no
// statistics yet, and where many rows are of one day. It holds until the page is read.
const byIndex = `
	SELECT set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
		set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true),
		set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
		set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)`

// Rows reads a page of the rows that all conditions hold for; columns select from what
// holds l.Rows under its alias.
func Rows[T any](ctx context.Context, db Database, what string, scan pgx.RowToFunc[T], columns string, l List, p page.Page, conditions ...Condition) (all []T, err error) {
	q, err := l.page(p, conditions)
	if err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	b.Queue(byIndex)
	b.Queue(q.found+columns+q.rest, q.args...).Query(func(rows pgx.Rows) error {
		all, err = pgx.CollectRows(rows, scan)
		return err
	})
	if err := db.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	return all, nil
}
