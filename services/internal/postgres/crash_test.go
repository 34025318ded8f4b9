package postgres_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestAKilledServerLosesNothingAcknowledgedAndIsUnavailableMeanwhile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	// Given a server with an acknowledged write (without fsync: what a process has
	// written outlives it, only a machine could lose it),
	cluster := postgrestest.Cluster(t, false)
	url, _ := postgrestest.Migrated(t, cluster, "svc", counters)
	db, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := increment(db, [2]int{1, 2}, func() {}); err != nil {
		t.Fatal(err)
	}

	// when it is killed in the middle of a transaction,
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE counters SET n = 100`); err != nil {
			return err
		}
		if err := syscall.Kill(cluster.PID(), syscall.SIGKILL); err != nil {
			return err
		}
		<-cluster.Done()
		_, err := tx.Exec(ctx, `SELECT pg_sleep(5)`) // the last sessions go when they notice
		if err == nil {
			_, err = tx.Exec(ctx, `SELECT 1`)
		}
		return err
	})
	// then the caller is told to try again,
	if !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("transaction of a killed server: %v, want Unavailable", err)
	}
	// and so is a reader,
	if _, err := db.Pool.Exec(ctx, `SELECT 1`); !postgres.Unreachable(err) {
		t.Errorf("read from a dead server: %v, want it known as unreachable", err)
	}
	// and after a restart on the same folder the old pool works and has the write.
	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	postgrestest.Restart(t, cluster.Dir(), false)
	if n := eventually(t, db); n != 2 {
		t.Errorf("total after the restart: %d, want 2", n)
	}
	if _, err := db.Pool.Exec(ctx, `SELECT 1/0`); postgres.Unreachable(err) {
		t.Errorf("%v is taken for an unreachable server", err)
	}
}

// eventually reads the total as soon as the pool has thrown away dead connections.
func eventually(t *testing.T, db *postgres.DB) int {
	t.Helper()
	var err error
	for range 50 {
		var n int
		if err = db.Pool.QueryRow(context.Background(), `SELECT sum(n) FROM counters`).Scan(&n); err == nil {
			return n
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the pool does not recover: %v", err)
	return 0
}
