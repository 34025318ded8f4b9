package postgres_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"

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
	more := changed(counters, func(files fstest.MapFS) {
		files["migrations/00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nINSERT INTO counters (id, n) VALUES (3, 3);\n")}
	})
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
	edited := changed(counters, func(files fstest.MapFS) {
		for _, file := range files {
			file.Data = append(slices.Clone(file.Data), "-- edited\n"...)
		}
	})
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

// changed are a test's migrations with other files.
func changed(m postgres.Migrations, change func(fstest.MapFS)) postgres.Migrations {
	files := fstest.MapFS{}
	for name, file := range m[0].Files.(fstest.MapFS) {
		files[name] = &fstest.MapFile{Data: file.Data}
	}
	change(files)
	return postgres.Migrations{{Name: m[0].Name, Files: files}}
}

func TestATableThatAnotherVersionMadeIsRefusedInWords(t *testing.T) {
	t.Parallel()
	_, ownerURL := postgrestest.URLs(t, counters)
	// given a version that counts the same migrations under another owner's name,
	renamed := postgres.Migrations{{Name: "renamed", Files: counters[0].Files}}
	// then it says that the database does not fit.
	if err := postgres.Migrate(t.Context(), ownerURL, renamed); !errors.Is(err, postgres.ErrChanged) {
		t.Errorf("migrate: %v", err)
	}
}

func TestOwnersAreMigratedApartAndInTheirOrder(t *testing.T) {
	t.Parallel()
	made := 0
	first := postgres.Owner{Name: "first", Make: func(ctx context.Context, pool *pgxpool.Pool) error {
		made++
		_, err := pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS stands (id int PRIMARY KEY)`)
		return err
	}}
	on := postgrestest.Tables(`CREATE TABLE leans (id int REFERENCES stands);`, first)
	_, ownerURL := postgrestest.URLs(t, nil)
	for range 2 { // both times each owner makes what it has to, at number 1
		if err := postgres.Migrate(t.Context(), ownerURL, on); err != nil {
			t.Fatal(err)
		}
	}
	if made != 2 {
		t.Errorf("the maker was asked %d times", made)
	}
	failing := postgres.Migrations{{Name: "failing", Make: func(context.Context, *pgxpool.Pool) error { return errors.New("no") }}}
	if err := postgres.Migrate(t.Context(), ownerURL, failing); err == nil || !strings.Contains(err.Error(), "failing") {
		t.Errorf("a maker that fails: %v", err)
	}
}
