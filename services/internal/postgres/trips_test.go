package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// set counts row 1 up with the first statements of a transaction and runs the given
// ones as its last.
func set(ctx context.Context, db *postgres.DB, last ...string) error {
	return db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(`UPDATE counters SET n = n + 1 WHERE id = 1`)
	}, func(context.Context, pgx.Tx) (*pgx.Batch, error) {
		if len(last) == 0 {
			return nil, nil
		}
		q := &pgx.Batch{}
		for _, statement := range last {
			q.Queue(statement)
		}
		return q, nil
	})
}

func TestWhatTravelsWithBeginAndCommitIsOneTransaction(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	// With and without last statements all is committed,
	for i, last := range [][]string{{`UPDATE counters SET n = n + 10 WHERE id = 2`}, nil} {
		if err := set(t.Context(), db, last...); err != nil {
			t.Fatal(err)
		}
		if n, want := total(t, db), 11+i; n != want {
			t.Errorf("total: %d, want %d", n, want)
		}
	}
	// and nothing where one of the last is refused,
	err := set(t.Context(), db, `UPDATE counters SET n = 50 WHERE id = 2`, `UPDATE counters SET n = -1 WHERE id = 2`)
	if !postgres.Violates(err, "counters_not_negative") || fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("error: %v, want a violation of counters_not_negative", err)
	}
	// or the function changes its mind,
	refusal := errors.New("changed my mind")
	err = db.InTrips(t.Context(), func(q *pgx.Batch) { q.Queue(`UPDATE counters SET n = 7`) },
		func(context.Context, pgx.Tx) (*pgx.Batch, error) { return nil, refusal })
	if !errors.Is(err, refusal) {
		t.Errorf("error: %v, want the function's own", err)
	}
	// or the first statements fail: then the function is not asked.
	err = db.InTrips(t.Context(), func(q *pgx.Batch) { q.Queue(`UPDATE counters SET n = -1`) },
		func(context.Context, pgx.Tx) (*pgx.Batch, error) { return nil, errors.New("was asked") })
	if !postgres.Violates(err, "counters_not_negative") {
		t.Errorf("error: %v, want a violation of counters_not_negative", err)
	}
	if n := total(t, db); n != 12 {
		t.Errorf("total: %d, want 12", n)
	}
	if n := db.Pool.Stat().TotalConns(); n != 1 {
		t.Errorf("%d connections, want the first to be good for all", n)
	}
}

func TestADeadlockInTheLastStatementsRunsAll(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	var holding, both sync.WaitGroup
	holding.Add(2)
	for _, ids := range [][2]int{{1, 2}, {2, 1}} {
		both.Go(func() {
			meet := sync.OnceFunc(func() { holding.Done(); holding.Wait() })
			err := db.InTrips(t.Context(), func(q *pgx.Batch) {
				q.Queue(`UPDATE counters SET n = n + 1 WHERE id = $1`, ids[0])
			}, func(context.Context, pgx.Tx) (*pgx.Batch, error) {
				meet()
				q := &pgx.Batch{}
				q.Queue(`UPDATE counters SET n = n + 1 WHERE id = $1`, ids[1])
				return q, nil
			})
			if err != nil {
				t.Errorf("order %v: %v", ids, err)
			}
		})
	}
	both.Wait()
	if n := total(t, db); n != 4 {
		t.Errorf("total: %d, want 4", n)
	}
}

func TestAConnectionLostWithTheLastStatementsLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	// Lost before they were sent, nothing was done;
	err := db.InTrips(t.Context(), func(q *pgx.Batch) { q.Queue(`UPDATE counters SET n = 7`) },
		func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) { return &pgx.Batch{}, tx.Conn().Close(ctx) })
	if !fault.OfKind(err, fault.Unavailable) || fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("lost before the last statements: %v, want it unavailable, with nothing done", err)
	}
	// lost after that, nobody knows;
	err = set(t.Context(), db, `SELECT pg_terminate_backend(pg_backend_pid())`)
	if !fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("lost with the last statements: %v, want an unknown outcome", err)
	}
	// cancelled before they were sent, nothing was done.
	ctx, cancel := context.WithCancel(t.Context())
	err = db.InTrips(ctx, func(q *pgx.Batch) { q.Queue(`UPDATE counters SET n = 7`) },
		func(context.Context, pgx.Tx) (*pgx.Batch, error) { cancel(); return &pgx.Batch{}, nil })
	if !errors.Is(err, context.Canceled) || fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("cancelled: %v", err)
	}
	if n := total(t, db); n != 0 {
		t.Errorf("total: %d, want 0", n)
	}
	if n := db.Pool.Stat().NewConnsCount(); n != 3 {
		t.Errorf("%d connections were made, want one more for each that was lost", n)
	}
}
