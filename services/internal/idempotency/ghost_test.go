package idempotency_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// A commit that waits for a synchronous standby and is cancelled is visible at
// once, on one machine only. A retry that finds it and answers "done" would have
// acknowledged what the next failover loses.
func TestARetryDoesNotAcknowledgeWhatNoStandbyHas(t *testing.T) {
	t.Parallel()
	protected := func(c *idempotency.Call) *idempotency.Call { return c }
	for name, err := range retriesAfterCancelledWait(t, protected) {
		if !errors.Is(err, context.DeadlineExceeded) && !fault.Is(err, postgres.OutcomeUnknown) {
			t.Errorf("%s: %v, want it to wait in vain for the standby", name, err)
		}
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithoutTheReplayWriteTheRetryWouldAcknowledge(t *testing.T) {
	t.Parallel()
	for name, err := range retriesAfterCancelledWait(t, idempotency.WithoutReplayWrite) {
		if err != nil {
			t.Errorf("%s without protection: %v, want the false success", name, err)
		}
	}
}

// retriesAfterCancelledWait loses a first call's wait for a standby that does not
// exist, and returns what its retries are told by Once and by Earlier.
func retriesAfterCancelledWait(t *testing.T, as func(*idempotency.Call) *idempotency.Call) map[string]error {
	t.Helper()
	// Given a PostgreSQL that waits for a standby which never comes,
	cluster, db := ghostStandby(t)
	ctx := context.Background()
	first := make(chan error, 1)
	go func() {
		_, err := create(idempotency.Into(ctx, as(call("key", request(5000)))), db, "things/1")
		first <- err
	}()
	// and a first call whose wait in COMMIT is cancelled,
	cancelWait(t, cluster)
	if err := <-first; !fault.Is(err, postgres.OutcomeUnknown) {
		t.Fatalf("first call: %v, want an unknown outcome", err)
	}
	// when it is tried again,
	try := func(retry func(ctx context.Context) error) error {
		impatient, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return retry(idempotency.Into(impatient, as(call("key", request(5000)))))
	}
	return map[string]error{
		"once": try(func(ctx context.Context) error {
			_, err := create(ctx, db, "things/2")
			return err
		}),
		"earlier": try(func(ctx context.Context) error {
			_, _, err := idempotency.Earlier(ctx, db)
			return err
		}),
	}
}

func ghostStandby(t *testing.T) (*pgcluster.Cluster, *postgres.DB) {
	t.Helper()
	ctx := context.Background()
	cluster := postgrestest.Cluster(t, false)
	url, _ := postgrestest.Migrated(t, cluster, "ghost", things)
	admin(t, cluster, `ALTER SYSTEM SET synchronous_standby_names = 'ghost'`)
	admin(t, cluster, `SELECT pg_reload_conf()`)
	db, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	waitUntil(t, cluster, `SELECT setting = 'ghost' FROM pg_settings WHERE name = 'synchronous_standby_names'`)
	return cluster, db
}

func cancelWait(t *testing.T, cluster *pgcluster.Cluster) {
	t.Helper()
	waitUntil(t, cluster, `SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
	admin(t, cluster, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
}

func waitUntil(t *testing.T, cluster *pgcluster.Cluster, condition string) {
	t.Helper()
	conn := adminConn(t, cluster)
	defer conn.Close(context.Background())
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var met bool
		if err := conn.QueryRow(context.Background(), condition).Scan(&met); err != nil {
			t.Fatal(err)
		}
		if met {
			return
		}
	}
	t.Fatalf("never true: %s", condition)
}

func admin(t *testing.T, cluster *pgcluster.Cluster, statement string) {
	t.Helper()
	conn := adminConn(t, cluster)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func adminConn(t *testing.T, cluster *pgcluster.Cluster) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), cluster.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
