package duty_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestADutyThatKeepsFailingIsAnAlarm(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	// Given a duty whose job has failed nine times,
	write(t, db, dutytest.Queue(t), time.Now(), "a")
	if _, err := db.Pool.Exec(context.Background(), `UPDATE river_job SET attempt = 9`); err != nil {
		t.Fatal(err)
	}
	// when the tenth attempt fails,
	var log lockedBuffer
	run(t, db, loud(&log), send(db, func(string) error { return errors.New("no") }))
	// then somebody is woken, and it will be tried again.
	eventually(t, "an alarm", func() bool { return strings.Contains(log.String(), "alarm=true") })
	eventually(t, "a next attempt planned", func() bool {
		return count(t, db, `SELECT count(*) FROM river_job WHERE state IN ('retryable', 'scheduled') AND scheduled_at < now() + interval '70 seconds'`) == 1
	})
}

func TestAFailedDutyIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	var attempts atomic.Int32
	run(t, db, silent(), send(db, func(string) error {
		if attempts.Add(1) < 3 {
			return errors.New("not yet")
		}
		return nil
	}))
	write(t, db, dutytest.Queue(t), time.Now(), "a")
	eventually(t, "the letter sent", func() bool {
		return count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NOT NULL`) == 1
	})
}

func TestDutiesGoOnAfterTheDatabaseWasKilled(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	// Given a runner whose database dies and comes back,
	cluster := postgrestest.Cluster(t, false) // a killed process loses no page of the system's cache
	url, _ := postgrestest.Migrated(t, cluster, "svc", letters)
	db, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	runner := run(t, db, silent(), send(db, never))
	write(t, db, dutytest.Queue(t), time.Now(), "before")
	if err := syscall.Kill(cluster.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-cluster.Done()
	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	postgrestest.Restart(t, cluster.Dir(), false)
	// when something is owed afterwards,
	eventually(t, "a write", func() bool {
		_, err := db.Pool.Exec(ctx, `INSERT INTO letters (id, owed_at) VALUES ('after', now()) ON CONFLICT DO NOTHING`)
		return err == nil
	})
	write(t, db, dutytest.Queue(t), time.Now(), "job")
	// then the same runner does it, without being started again.
	eventually(t, "the new letter sent", func() bool {
		return count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NOT NULL AND id = 'job'`) == 1
	})
	if err := runner.Stop(ctx); err != nil { // before its database goes
		t.Errorf("stop: %v", err)
	}
}

func TestAnUnfinishedDutyGoesOnAtOnceAndHasNotFailed(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	// Given a duty that takes more runs than may fail without an alarm,
	var runs atomic.Int32
	var log lockedBuffer
	run(t, db, loud(&log), send(db, func(string) error {
		if runs.Add(1) < 15 {
			return fmt.Errorf("send: %w", duty.ErrUnfinished)
		}
		return nil
	}))
	write(t, db, dutytest.Queue(t), time.Now(), "a")
	// then it comes to its end without a pause, and nobody hears of a failure.
	eventually(t, "the letter sent", func() bool {
		return count(t, db, `SELECT count(*) FROM letters WHERE sent_at IS NOT NULL`) == 1
	})
	eventually(t, "the job finished", func() bool {
		return count(t, db, `SELECT count(*) FROM river_job WHERE state = 'completed' AND attempt = 1 AND errors IS NULL`) == 1
	})
	if log.String() != "" {
		t.Errorf("logged: %s", log.String())
	}
}
