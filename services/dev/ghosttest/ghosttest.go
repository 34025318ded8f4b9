// Package ghosttest is a PostgreSQL that waits at each commit for a standby which
// never comes. A commit whose wait is cancelled is visible at once, on one machine
// only: who answers "done" to its repeat acknowledges what the next failover loses.
package ghosttest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Ghost is the standby that never comes.
type Ghost struct {
	// DB is a database of the server that shall wait for it.
	DB *postgres.DB

	t       testing.TB
	cluster *pgcluster.Cluster
}

// New starts a server with a database that has the given migrations. It waits for
// nothing until Appear. All ends with the test.
func New(t testing.TB, migrations postgres.Migrations) *Ghost {
	t.Helper()
	g := &Ghost{t: t, cluster: postgrestest.Cluster(t, false)}
	url, _ := postgrestest.Migrated(t, g.cluster, "ghost", migrations)
	var err error
	if g.DB, err = postgres.Open(context.Background(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.DB.Close)
	return g
}

// Appear makes every commit wait from now on.
func (g *Ghost) Appear() {
	g.t.Helper()
	g.do(`ALTER SYSTEM SET synchronous_standby_names = 'ghost'`)
	g.do(`SELECT pg_reload_conf()`)
	g.await(`SELECT setting = 'ghost' FROM pg_settings WHERE name = 'synchronous_standby_names'`)
}

// CancelWait waits until one commit waits, and cancels its wait.
func (g *Ghost) CancelWait() {
	g.t.Helper()
	g.await(`SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
	g.do(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
}

// Leave lets what waits go on.
func (g *Ghost) Leave() {
	g.t.Helper()
	g.do(`ALTER SYSTEM RESET synchronous_standby_names`)
	g.do(`SELECT pg_reload_conf()`)
}

// await waits until a condition holds.
func (g *Ghost) await(condition string) {
	g.t.Helper()
	conn := g.connect()
	defer conn.Close(context.Background())
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var met bool
		if err := conn.QueryRow(context.Background(), condition).Scan(&met); err != nil {
			g.t.Fatal(err)
		}
		if met {
			return
		}
	}
	g.t.Fatalf("never true: %s", condition)
}

// do runs a statement as the superuser, whose own commits wait for nobody: they
// write nothing.
func (g *Ghost) do(statement string) {
	g.t.Helper()
	conn := g.connect()
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		g.t.Fatalf("%s: %v", statement, err)
	}
}

func (g *Ghost) connect() *pgx.Conn {
	g.t.Helper()
	conn, err := pgx.Connect(context.Background(), g.cluster.AdminURL("postgres"))
	if err != nil {
		g.t.Fatal(err)
	}
	return conn
}
