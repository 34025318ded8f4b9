package duty_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// stuck writes many letters that nobody has a job for, the older ones first by id.
func stuck(t *testing.T, db *postgres.DB, many int) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO letters (id, owed_at)
		SELECT to_char(n, 'FM00000'), now() - interval '2 days' + n * interval '1 second'
		FROM generate_series(1, $1) AS n`, many)
	if err != nil {
		t.Fatal(err)
	}
}

func sweeper(t *testing.T, db *postgres.DB, now func() time.Time, d duty.Duty) *duty.Runner {
	t.Helper()
	r, err := duty.NewRunner(db, silent(), clock.Clock{Read: now}, nil, d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const jobs = `SELECT count(*) FROM river_job`

func TestRowsThatAlwaysFailDoNotStarveTheOthers(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	// given 2,500 rows whose jobs are lost, of which the oldest 1,000 always fail,
	stuck(t, db, 2500)
	d := send(db, func(id string) error {
		if id <= "01000" {
			return errors.New("no such address")
		}
		return nil
	})
	r := sweeper(t, db, time.Now, d)
	r.Pages(1000, 1)
	start(t, r)
	// when the sweeper has come by a few times, a thousand rows each,
	for range 3 {
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// then all the others are done.
	eventually(t, "1,500 letters sent", func() bool {
		return count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NOT NULL`) == 1500
	})
}

func TestASweepGoesOnWhereTheLastOneEndedAndBeginsAnew(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	stuck(t, db, 25)
	var looks []string
	d := send(db, never)
	owed := d.Owed
	d.Owed = func(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
		looks = append(looks, after)
		return owed(ctx, before, after, limit)
	}
	// when replicas sweep ten rows at a time, one after the other,
	for range 4 {
		r := sweeper(t, db, time.Now, d)
		r.Pages(10, 1)
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// then each goes on behind the last, and behind the end the first row comes again.
	if got := fmt.Sprint(looks); got != "[ 00010 00020 ]" {
		t.Errorf("looked behind %s", got)
	}
	if n := count(t, db, jobs); n != 25 {
		t.Errorf("jobs: %d, want 25", n)
	}
}

func TestOneSweepTakesSeveralPages(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	stuck(t, db, 25)
	r := sweeper(t, db, time.Now, send(db, never))
	r.Pages(10, 2)
	for _, want := range []int{20, 25, 25} {
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, jobs); n != want {
			t.Errorf("jobs: %d, want %d", n, want)
		}
	}
}

func TestOfSeveralReplicasOneSweeps(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	stuck(t, db, 10)
	var looks atomic.Int32
	d := send(db, never)
	owed := d.Owed
	d.Owed = func(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
		looks.Add(1)
		return owed(ctx, before, after, limit)
	}
	now := time.Now()
	sweep := func(at time.Time) {
		var replicas sync.WaitGroup
		for range 4 {
			r := sweeper(t, db, func() time.Time { return at }, d)
			replicas.Go(func() {
				if err := r.SweepDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		replicas.Wait()
	}
	// when four replicas come to sweep in the same minute,
	sweep(now)
	sweep(now.Add(duty.SweepEvery / 2))
	// then one of them does, and one in the next minute.
	if n := looks.Load(); n != 1 {
		t.Errorf("looked %d times in one minute", n)
	}
	sweep(now.Add(duty.SweepEvery))
	if n := looks.Load(); n != 2 {
		t.Errorf("looked %d times in two minutes", n)
	}
}

func TestATaskIsDoneBesideTheSweepsAndMayFail(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	var log lockedBuffer
	done := make(chan struct{}, 1)
	tasks := []duty.Task{
		{Name: "broken", Do: func(context.Context) error { return errors.New("disk full") }},
		{Name: "good", Do: func(context.Context) error { done <- struct{}{}; return nil }},
	}
	_, stop, err := duty.Run(t.Context(), db, loud(&log), clock.Clock{}, tasks, send(db, never))
	if err != nil {
		t.Fatal(err)
	}
	<-done
	if err := stop(); err != nil {
		t.Error(err)
	}
	eventually(t, "a line about the broken task", func() bool { return log.has("task=broken", "disk full") })
}
