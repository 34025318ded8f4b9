package duty_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// letters are rows that owe being sent.
var letters = postgrestest.Tables(`
	CREATE TABLE letters (id text PRIMARY KEY, owed_at timestamptz NOT NULL, sent_at timestamptz);`, duty.Tables())

const kind = "letter.send"

// send is a duty over letters; fail decides each attempt.
func send(db *postgres.DB, fail func(id string) error) duty.Duty {
	return duty.Duty{
		Kind: kind,
		Owed: func(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
			return postgres.Many(ctx, db.Pool, "letters", pgx.RowTo[string], `
				SELECT id FROM letters WHERE sent_at IS NULL AND owed_at < $1 AND id > $2
				ORDER BY id LIMIT $3`, before, after, limit)
		},
		Do: func(ctx context.Context, id string) error {
			if err := fail(id); err != nil {
				return err
			}
			_, err := db.Pool.Exec(ctx, `UPDATE letters SET sent_at = now() WHERE id = $1`, id)
			return err
		},
	}
}

func never(string) error { return nil }

// write makes letters that owe since then, with jobs if a queue is given.
func write(t *testing.T, db *postgres.DB, q *duty.Queue, since time.Time, ids ...string) {
	t.Helper()
	for _, id := range ids {
		err := db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO letters (id, owed_at) VALUES ($1, $2)`, id, since); err != nil || q == nil {
				return err
			}
			return q.Enqueue(ctx, tx, kind, id)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func run(t *testing.T, db *postgres.DB, log *slog.Logger, duties ...duty.Duty) *duty.Runner {
	t.Helper()
	runner, err := duty.NewRunner(db, log, clock.Clock{}, nil, duties...)
	if err != nil {
		t.Fatal(err)
	}
	start(t, runner)
	return runner
}

// start works jobs until the test ends.
func start(t *testing.T, runner *duty.Runner) {
	t.Helper()
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := runner.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// count answers a question about the database with a number.
func count(t *testing.T, db *postgres.DB, query string) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if met() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func loud(b *lockedBuffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestADutyIsDoneSoonAfterItsTransaction(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	run(t, db, silent(), send(db, never))
	write(t, db, dutytest.Queue(t), time.Now(), "a", "b")
	eventually(t, "both letters sent", func() bool {
		return count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NOT NULL`) == 2
	})
}

func TestARolledBackTransactionOwesNothing(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	_ = db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		return errors.Join(dutytest.Queue(t).Enqueue(ctx, tx, kind, "a"), errors.New("no"))
	})
	if n := count(t, db, `SELECT count(*) FROM river_job`); n != 0 {
		t.Errorf("jobs: %d, want 0", n)
	}
}

func TestAnEmptiedJobTableLosesNothing(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	// Given 50 duties that have been owed for long, whose jobs somebody has deleted,
	ids := make([]string, 50)
	for i := range ids {
		ids[i] = fmt.Sprintf("l%d", i)
	}
	write(t, db, dutytest.Queue(t), time.Now().Add(-time.Hour), ids...)
	if _, err := db.Pool.Exec(context.Background(), `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	// when the service runs (it sweeps at once), and the jobs are deleted once more,
	runner := run(t, db, silent(), send(db, never))
	if _, err := db.Pool.Exec(context.Background(), `DELETE FROM river_job WHERE state <> 'running'`); err != nil {
		t.Fatal(err)
	}
	if err := runner.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	// then all of them are done.
	eventually(t, "all letters sent", func() bool {
		return count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NULL`) == 0
	})
}

func TestTheSweepLeavesFreshDutiesToTheirJobs(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	runner, err := duty.NewRunner(db, silent(), clock.Clock{}, nil, send(db, never))
	if err != nil {
		t.Fatal(err)
	}
	write(t, db, nil, time.Now().Add(-time.Minute), "fresh")
	write(t, db, nil, time.Now().Add(-3*time.Minute), "overdue")
	for range 3 { // sweeps do not pile up jobs either
		if err := runner.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM river_job`); n != 1 {
		t.Errorf("jobs: %d, want 1", n)
	}
}

func TestOneBrokenDutyDoesNotKeepOthersFromTheSweep(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	broken := duty.Duty{
		Kind: "broken",
		Owed: func(context.Context, time.Time, string, int) ([]string, error) {
			return nil, errors.New("no such table")
		},
		Do: func(context.Context, string) error { return nil },
	}
	runner, err := duty.NewRunner(db, silent(), clock.Clock{}, nil, broken, send(db, never))
	if err != nil {
		t.Fatal(err)
	}
	write(t, db, nil, time.Now().Add(-time.Hour), "a")
	if err := runner.Sweep(context.Background()); err == nil {
		t.Error("the sweep hides that a duty is broken")
	}
	if n := count(t, db, `SELECT count(*) FROM river_job`); n != 1 {
		t.Errorf("jobs: %d, want 1", n)
	}
}

func TestADutyOwedAgainWhileItRunsIsDoneAgain(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	q := dutytest.Queue(t)
	var runs atomic.Int32
	running, proceed := make(chan struct{}), make(chan struct{})
	d := send(db, func(string) error {
		if runs.Add(1) == 1 {
			close(running)
			<-proceed
		}
		return nil
	})
	run(t, db, silent(), d)
	// Given a duty that has read its row and is at work,
	write(t, db, q, time.Now(), "a")
	<-running
	// when the row comes to owe something new,
	err := db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error { return q.Enqueue(ctx, tx, kind, "a") })
	if err != nil {
		t.Fatal(err)
	}
	// then it is done again at once, not by the sweeper minutes later.
	eventually(t, "a second run", func() bool { return runs.Load() == 2 })
	close(proceed)
}

func TestJobsForOneRowDoNotPileUp(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	q := dutytest.Queue(t)
	for range 10 {
		err := db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error { return q.Enqueue(ctx, tx, kind, "a") })
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM river_job`); n != 1 {
		t.Errorf("jobs: %d, want 1", n)
	}
}

func TestOnlyTheReasonOfAFailureIsStored(t *testing.T) {
	t.Parallel()
	const mark = "MARKED-51DD"
	for name, test := range map[string]struct {
		fail   func(string) error
		reason string
	}{
		"fault": {func(string) error {
			return fmt.Errorf("ask %s: %w", mark, fault.New(fault.Unavailable, "RAIL_SILENT", "The rail does not answer.").With(errors.New(mark)))
		}, "RAIL_SILENT"},
		"other error": {func(string) error { return errors.New(mark) }, "INTERNAL"},
		"panic":       {func(string) error { panic(mark) }, "PANIC"},
		"timeout":     {func(string) error { return fmt.Errorf("%s: %w", mark, context.DeadlineExceeded) }, "TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := postgrestest.New(t, letters)
			var log lockedBuffer
			run(t, db, loud(&log), send(db, test.fail))
			write(t, db, dutytest.Queue(t), time.Now(), "a")
			eventually(t, "a failed attempt", func() bool {
				return count(t, db, `SELECT count(*) FROM river_job WHERE cardinality(errors) > 0`) > 0
			})
			var stored string
			if err := db.Pool.QueryRow(context.Background(), `SELECT row_to_json(j)::text FROM river_job j`).Scan(&stored); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(stored, mark) || !strings.Contains(stored, test.reason) {
				t.Errorf("stored job: %s; want only the reason %s", stored, test.reason)
			}
			if !strings.Contains(log.String(), test.reason) || !strings.Contains(log.String(), "id=a") {
				t.Errorf("log: %s; want reason and id", log.String())
			}
		})
	}
}

func TestTheWaitDoublesUpToAMinute(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 6: 32 * time.Second,
		7: time.Minute, 1000: time.Minute,
	} {
		if got := duty.Pause(attempt, 0.5); got != want {
			t.Errorf("wait after attempt %d: %v, want %v", attempt, got, want)
		}
		if low, high := duty.Pause(attempt, 0), duty.Pause(attempt, 1); low >= want || high <= want {
			t.Errorf("wait after attempt %d: from %v to %v, want them around %v", attempt, low, high, want)
		}
	}
}

func TestADutyMustBeComplete(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	good := send(db, never)
	for name, duties := range map[string][]duty.Duty{
		"twice": {good, good}, "no kind": {{Owed: good.Owed, Do: good.Do}}, "no way to find what is owed": {{Kind: "x", Do: good.Do}},
	} {
		if _, err := duty.NewRunner(db, silent(), clock.Clock{}, nil, duties...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDrainDoesWhatDutiesMakeOwed(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	write(t, db, nil, time.Now().Add(time.Hour), "a") // stamped by a clock that is ahead
	answered := false
	dutytest.Drain(t, db, send(db, func(id string) error {
		if !answered {
			answered = true
			write(t, db, nil, time.Now(), "reply to "+id)
		}
		return nil
	}))
	if n := count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NULL`); n != 0 {
		t.Errorf("letters still owed: %d, want 0", n)
	}
}

// lockedBuffer collects a log that several goroutines write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// has reports whether each text was logged.
func (b *lockedBuffer) has(texts ...string) bool {
	log := b.String()
	for _, text := range texts {
		if !strings.Contains(log, text) {
			return false
		}
	}
	return true
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
