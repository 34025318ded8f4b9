// Package dutytest does what is owed at once and in the test's own goroutine, so
// that a test need not wait for jobs.
package dutytest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// rounds bounds how often Drain looks again: duties make duties, but not forever.
const rounds = 100

// Drain does everything that the duties' rows owe, and what that makes them owe,
// until nothing is left. The rows are asked, not the job table. A duty that fails
// fails the test.
func Drain(t testing.TB, _ *postgres.DB, duties ...duty.Duty) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for range rounds {
		if drainOnce(ctx, t, duties) == 0 {
			return
		}
	}
	t.Fatalf("duties are still owed after %d rounds", rounds)
}

func drainOnce(ctx context.Context, t testing.TB, duties []duty.Duty) int {
	t.Helper()
	done := 0
	for _, d := range duties {
		ids, err := d.Owed(ctx, distantFuture(), "", 1000)
		if err != nil {
			t.Fatalf("find what is owed of %s: %v", d.Kind, err)
		}
		for _, id := range ids {
			if err := d.Do(ctx, id); err != nil && !errors.Is(err, duty.ErrUnfinished) {
				t.Fatalf("duty %s of %s: %v", d.Kind, id, err)
			}
			done++
		}
	}
	return done
}

// distantFuture makes everything overdue, whatever clock the rows were stamped by.
func distantFuture() time.Time { return time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) }

// Queue makes the queue of a store under test.
func Queue(t testing.TB) *duty.Queue {
	t.Helper()
	q, err := duty.NewQueue(clock.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}
