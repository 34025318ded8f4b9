package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// A commit that waits for a synchronous standby and is cancelled is visible at
// once, on one machine only. A repeat that finds its reference and answers "done"
// would have acknowledged money that the next failover loses.
func TestRepeatDoesNotAcknowledgeWhatNoStandbyHas(t *testing.T) {
	t.Parallel()
	err := repeatAfterCancelledWait(t, func(*store.Store) {})
	if !errors.Is(err, context.DeadlineExceeded) && !fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("repeat: %v, want it to wait in vain for the standby", err)
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithoutTheReplayWriteTheRepeatWouldAcknowledge(t *testing.T) {
	t.Parallel()
	if err := repeatAfterCancelledWait(t, (*store.Store).WithoutReplayWrite); err != nil {
		t.Errorf("repeat without protection: %v, want the false success", err)
	}
}

// repeatAfterCancelledWait loses the wait of a first posting for a standby that
// does not exist, and returns what its repeat is told.
func repeatAfterCancelledWait(t *testing.T, prepare func(*store.Store)) error {
	t.Helper()
	ctx := context.Background()
	cluster := postgrestest.Cluster(t, false)
	url, _ := postgrestest.Migrated(t, cluster, "ghost", store.Migrations())
	db, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s := found(t, db, "main")
	prepare(s)
	c := store.NewCommitter(s, quiet(), time.Now)
	t.Cleanup(func() { // let the last wait end
		admin(t, cluster, `ALTER SYSTEM RESET synchronous_standby_names`)
		admin(t, cluster, `SELECT pg_reload_conf()`)
		c.Stop()
	})

	// Given a PostgreSQL that waits for a standby which never comes,
	admin(t, cluster, `ALTER SYSTEM SET synchronous_standby_names = 'ghost'`)
	admin(t, cluster, `SELECT pg_reload_conf()`)
	until(t, cluster, `SELECT setting = 'ghost' FROM pg_settings WHERE name = 'synchronous_standby_names'`)
	// and a first posting whose wait in COMMIT is cancelled,
	first := make(chan error, 1)
	go func() {
		_, err := c.Commit(ctx, unit(t, gift("g", 1)))
		first <- err
	}()
	until(t, cluster, `SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
	admin(t, cluster, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
	if err := <-first; !fault.Is(err, postgres.OutcomeUnknown) {
		t.Fatalf("first posting: %v, want an unknown outcome", err)
	}
	// when it is repeated,
	impatient, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err = c.Commit(impatient, unit(t, gift("g", 1)))
	return err
}

func until(t *testing.T, cluster *pgcluster.Cluster, condition string) {
	t.Helper()
	conn := connect(t, cluster)
	defer conn.Close(context.Background())
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
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
	conn := connect(t, cluster)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func connect(t *testing.T, cluster *pgcluster.Cluster) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), cluster.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
