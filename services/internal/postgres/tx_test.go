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

// A server that dies between the last statement and the COMMIT has committed
// nothing: the caller is told to try again, and not of a defect.
func TestAConnectionLostBeforeTheCommitIsUnavailable(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE counters SET n = 7`); err != nil {
			return err
		}
		return tx.Conn().Close(ctx)
	})
	if !fault.OfKind(err, fault.Unavailable) || fault.Is(err, "OUTCOME_UNKNOWN") {
		t.Errorf("transaction: %v, want it unavailable, with nothing done", err)
	}
	if n := total(t, db); n != 0 {
		t.Errorf("total: %d, want 0", n)
	}
}

var errTaken = errors.New("the id is taken")

// take inserts a row that must not be there, having looked whether it is.
func take(db *postgres.DB, looked func()) error {
	return db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		var taken bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM counters WHERE id = 3)`).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return errTaken
		}
		looked()
		_, err := tx.Exec(ctx, `INSERT INTO counters (id, n) VALUES (3, 1)`)
		return err
	})
}

func TestWhoLosesTheRaceForARowFindsItTaken(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	const many = 8
	// when many have seen that a row is free before one of them takes it,
	var looked, done sync.WaitGroup
	looked.Add(many)
	errs := make([]error, many)
	for i := range many {
		done.Go(func() {
			meet := sync.OnceFunc(func() { looked.Done(); looked.Wait() })
			errs[i] = take(db, meet)
		})
	}
	done.Wait()
	// then one has it, and the others learn that it is taken instead of a violation.
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, errTaken):
			t.Errorf("racer %d: %v, want to find it taken", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d have it", won)
	}
}

func TestAViolationThatNoRaceExplainsComesOut(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	runs := 0
	err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		runs++
		_, err := tx.Exec(ctx, `INSERT INTO counters (id, n) VALUES (1, 1)`)
		return err
	})
	if !postgres.Violates(err, "counters_pkey") || fault.As(err) != nil || runs > 3 {
		t.Errorf("after %d runs: %v, want the violation", runs, err)
	}
	// and what fn answers itself to a violation is not asked again.
	runs = 0
	err = db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		runs++
		_, err := tx.Exec(ctx, `INSERT INTO counters (id, n) VALUES (1, 1)`)
		return fault.New(fault.AlreadyExists, "TAKEN", "The id is taken.").With(err)
	})
	if !fault.Is(err, "TAKEN") || runs != 1 {
		t.Errorf("after %d runs: %v", runs, err)
	}
}
