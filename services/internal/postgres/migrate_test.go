package postgres_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestProcessesThatMigrateTogetherTakeTurns(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	// Given an empty database,
	cluster := postgrestest.Cluster(t, false)
	if err := cluster.EnsureDatabase(ctx, "svc", "svc"); err != nil {
		t.Fatal(err)
	}
	// when three replicas start at once,
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := postgres.Migrate(ctx, cluster.OwnerURL("svc", "svc"), counters, "svc"); err != nil {
				t.Errorf("migrate: %v", err)
			}
		})
	}
	wg.Wait()
	// then each migration has run once,
	db, err := postgres.Open(ctx, cluster.URL("svc", "svc"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := total(t, db); n != 0 {
		t.Errorf("total: %d, want 0", n)
	}
	// and a later version only adds what is new.
	more := fstest.MapFS{"00002_more.sql": {Data: []byte("-- +goose Up\nINSERT INTO counters (id, n) VALUES (3, 3);\n")}}
	for name, file := range counters {
		more[name] = file
	}
	if err := postgres.Migrate(ctx, cluster.OwnerURL("svc", "svc"), more, "svc"); err != nil {
		t.Fatal(err)
	}
	if n := total(t, db); n != 3 {
		t.Errorf("total after the second version: %d, want 3", n)
	}
}

func TestADatabaseOfEditedMigrationsIsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cluster := postgrestest.Cluster(t, false)
	if err := cluster.EnsureDatabase(ctx, "svc", "svc"); err != nil {
		t.Fatal(err)
	}
	if err := postgres.Migrate(ctx, cluster.OwnerURL("svc", "svc"), counters, "svc"); err != nil {
		t.Fatal(err)
	}
	edited := fstest.MapFS{}
	for name, file := range counters {
		edited[name] = &fstest.MapFile{Data: append(slices.Clone(file.Data), "-- edited\n"...)}
	}
	if err := postgres.Migrate(ctx, cluster.OwnerURL("svc", "svc"), edited, "svc"); !errors.Is(err, postgres.ErrChanged) {
		t.Errorf("edited: %v", err)
	}
	// The service itself, which may change no table, sees the same.
	if err := postgres.Migrate(ctx, cluster.URL("svc", "svc"), edited); !errors.Is(err, postgres.ErrChanged) {
		t.Errorf("edited, seen by the service: %v", err)
	}
	if err := postgres.Migrate(ctx, cluster.URL("svc", "svc"), counters); err != nil {
		t.Errorf("unchanged, seen by the service: %v", err)
	}
}

func TestEveryColumnOfThePlatformSaysWhatItIs(t *testing.T) {
	t.Parallel()
	rows, err := postgrestest.New(t, nil).Pool.Query(context.Background(), `
		SELECT c.relname || '.' || a.attname
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		WHERE c.relname IN ('idempotency_keys', 'owed_decisions')
			AND col_description(c.oid, a.attnum) IS NULL`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		t.Errorf("column %s has no comment", column)
	}
}
