// Package store keeps rounds, awards, plans, payments and statements in
// PostgreSQL. Each exported method is one transaction and one fact; what a fact
// still owes is a column of its row, and a job beside it.
package store

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Kinds of the duties that rows here owe.
const (
	DutyCommit   = "round.commit"
	DutyCancel   = "award.cancel"
	DutySubmit   = "payment.submit"
	DutyPosting  = "attempt.post"
	DutySeal     = "file.seal"
	DutyDestroy  = "file.destroy"
	DutySuspense = "line.suspense"
	DutyGap      = "statement.gap"
	DutyVoid     = "plan.void"
	DutyExpire   = "plan.expire"
	DutyWithdraw = "file.withdraw"
)

//go:embed migrations
var migrations embed.FS

// Migrations make the service's tables and those that it stands on.
func Migrations() postgres.Migrations {
	return postgres.Migrations{
		idempotency.Tables(), duty.Tables(), versions.Tables(), {Name: "disbursements", Files: migrations},
	}
}

// Store is the disbursements database. It is safe for concurrent use.
type Store struct {
	db    *postgres.DB
	queue *duty.Queue
	rows  Rows
	now   func() time.Time
	// runs checks that neither a rail nor its sender is stopped.
	runs func(ctx context.Context, tx pgx.Tx, rail, sender string) error
	// stands reports whether a commit still stands where its worker has read it.
	stands func(read, now round.Progress) bool
	// veil makes what the tables keep of what the bank knows, 32 bytes.
	veil func(what string) []byte
}

// New returns a store over db that puts its jobs into queue and signs by rows.
func New(db *postgres.DB, queue *duty.Queue, rows Rows, now func() time.Time) *Store {
	s := &Store{db: db, queue: queue, rows: rows, now: func() time.Time { return now().UTC() }}
	s.runs, s.veil, s.stands = s.routeRuns, s.hidden, func(read, now round.Progress) bool { return read == now }
	return s
}

// Repeated returns the id that an earlier call with the same key has answered with,
// and whether there was one: a repeat asks nobody again.
func (s *Store) Repeated(ctx context.Context) (id string, repeated bool, err error) {
	return idempotency.Earlier(ctx, s.db)
}

// one reads exactly one row; what names it in the fault where there is none.
func one[T any](ctx context.Context, q postgres.Querier, what, sql string, args ...any) (T, error) {
	return postgres.One(ctx, q, what, pgx.RowToStructByName[T], sql, args...)
}

// many reads all rows.
func many[T any](ctx context.Context, q postgres.Querier, what, sql string, args ...any) ([]T, error) {
	return postgres.Many(ctx, q, what, pgx.RowToStructByName[T], sql, args...)
}

// each reads all rows of what belongs to the rows of a list, and gives each to
// add: one statement, however long the list is.
func each[T any](ctx context.Context, q postgres.Querier, what string, add func(T), sql string, args ...any) error {
	rows, err := many[T](ctx, q, what, sql, args...)
	for _, row := range rows {
		add(row)
	}
	return err
}

// index says which row of a list has which id.
type index struct {
	ids []string
	of  map[string]int
}

func indexed[T any](list []T, id func(T) string) index {
	x := index{ids: make([]string, len(list)), of: make(map[string]int, len(list))}
	for i, row := range list {
		x.ids[i], x.of[id(row)] = id(row), i
	}
	return x
}

// owed reads the ids that a duty is owed for.
func (s *Store) owed(ctx context.Context, sql string, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "what is owed", pgx.RowTo[string], sql, before, after, limit)
}

// exec runs a statement that must change exactly one row.
func exec(ctx context.Context, tx pgx.Tx, what, sql string, args ...any) error {
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("%s: %d rows changed", what, tag.RowsAffected())
	}
	return nil
}

// day writes the UTC day of t.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
