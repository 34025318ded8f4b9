package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

var counters = postgrestest.Tables(`
CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT counters_not_negative CHECK (n >= 0));
INSERT INTO counters (id, n) VALUES (1, 0), (2, 0);`)

func TestATransactionIsAllOrNothing(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	refusal := errors.New("changed my mind")
	err := db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE counters SET n = 7`); err != nil {
			return err
		}
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("error: %v, want the function's own", err)
	}
	if n := total(t, db); n != 0 {
		t.Errorf("total: %d, want 0", n)
	}
}

func TestADeadlockedTransactionRunsAgain(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	// When two transactions each hold a row and then want the other's,
	var holding, both sync.WaitGroup
	holding.Add(2)
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		both.Go(func() {
			meet := sync.OnceFunc(func() { holding.Done(); holding.Wait() })
			if err := increment(db, order, meet); err != nil {
				t.Errorf("order %v: %v", order, err)
			}
		})
	}
	both.Wait()
	// then both succeed, since the loser is repeated.
	if n := total(t, db); n != 4 {
		t.Errorf("total: %d, want 4", n)
	}
}

// increment counts both rows up, one after the other.
func increment(db *postgres.DB, ids [2]int, between func()) error {
	return db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec(ctx, `UPDATE counters SET n = n + 1 WHERE id = $1`, id); err != nil {
				return fmt.Errorf("increment: %w", err)
			}
			between()
		}
		return nil
	})
}

func TestWaitingTooLongForALockIsBusy(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	err := db.InTx(context.Background(), func(ctx context.Context, holder pgx.Tx) error {
		if _, err := holder.Exec(ctx, `UPDATE counters SET n = 1 WHERE id = 1`); err != nil {
			return err
		}
		return db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '50ms'`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE counters SET n = 2 WHERE id = 1`)
			return err
		})
	})
	f := fault.As(err)
	if f == nil || f.Reason != postgres.Busy || f.Kind != fault.Aborted || f.RetryAfter == 0 {
		t.Errorf("error: %v, want Aborted, BUSY, with a hint", err)
	}
}

func TestACanceledTransactionIsNotCommitted(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	ctx, cancel := context.WithCancel(context.Background())
	err := db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE counters SET n = 7`)
		cancel()
		return err
	})
	// Cancelled before COMMIT was sent, the outcome is known.
	if !errors.Is(err, context.Canceled) || fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("error: %v, want canceled", err)
	}
	if n := total(t, db); n != 0 {
		t.Errorf("total: %d, want 0", n)
	}
}

func TestADeferredConstraintIsRefusedAtCommitWithAKnownOutcome(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgrestest.Tables(`
CREATE TABLE pair (id int PRIMARY KEY, other int CONSTRAINT pair_other REFERENCES pair DEFERRABLE INITIALLY DEFERRED);`))
	err := db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO pair (id, other) VALUES (1, 2)`)
		return err
	})
	if !postgres.Violates(err, "pair_other") || fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("error: %v, want a violation of pair_other", err)
	}
}

func TestViolatesNamesTheConstraint(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	_, err := db.Pool.Exec(context.Background(), `UPDATE counters SET n = -1`)
	for constraint, want := range map[string]bool{"counters_not_negative": true, "counters_pkey": false, "": false} {
		if got := postgres.Violates(err, constraint); got != want {
			t.Errorf("Violates(%q) = %v, want %v", constraint, got, want)
		}
	}
}

func TestTimesArriveInUTC(t *testing.T) {
	t.Parallel()
	var at time.Time
	err := postgrestest.New(t, nil).Pool.QueryRow(context.Background(),
		`SELECT timestamptz '2026-11-24 12:00:00+03'`).Scan(&at)
	if want := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC); err != nil || at != want {
		t.Errorf("time: %v, %v; want %v", at, err, want)
	}
}

func TestABadURLIsNotQuoted(t *testing.T) {
	t.Parallel()
	for _, open := range []func(url string) error{
		func(url string) error { _, err := postgres.Open(context.Background(), url); return err },
		func(url string) error { return postgres.Migrate(context.Background(), url, nil) },
	} {
		if err := open("postgres://me:topsecret@host:notaport/db"); err == nil || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("error: %v, want one without the password", err)
		}
	}
}

func total(t *testing.T, db *postgres.DB) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(context.Background(), `SELECT sum(n) FROM counters`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
