package postgrestest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Cluster starts a PostgreSQL of the test's own, for tests that kill it or change
// its settings ("name=value"). It is stopped and deleted when the test ends.
func Cluster(t testing.TB, durable bool, settings ...string) *pgcluster.Cluster {
	t.Helper()
	clearRemains()
	dir, err := os.MkdirTemp("", prefix) // t.TempDir is closed to PostgreSQL's user
	if err != nil {
		t.Fatalf("make the cluster's folder: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("delete the cluster's folder: %v", err)
		}
	})
	return Restart(t, dir, durable, settings...)
}

// Migrated makes a database and its roles on a cluster of the test's own, applies
// the given migrations, and returns its URLs.
func Migrated(t testing.TB, c *pgcluster.Cluster, name string, migrations postgres.Migrations) (url, ownerURL string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.EnsureDatabase(ctx, name, name); err != nil {
		t.Fatalf("make database: %v", err)
	}
	url, ownerURL = c.URL(name, name), c.OwnerURL(name, name)
	if err := postgres.Migrate(ctx, ownerURL, migrations, name); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return url, ownerURL
}

// Restart starts the server of a folder again after it was killed and stopped.
func Restart(t testing.TB, dir string, durable bool, settings ...string) *pgcluster.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cluster, err := pgcluster.Start(ctx, pgcluster.Options{
		Dir: dir, Durable: durable, Template: templateFolder(), Settings: settings,
	})
	if err != nil {
		t.Fatalf("start a PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Errorf("stop the PostgreSQL: %v", err)
		}
	})
	return cluster
}
