package store_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// upTo are the migrations whose names do not come after a name.
func upTo(t *testing.T, last string) fs.FS {
	t.Helper()
	names, err := fs.Glob(store.Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	older := fstest.MapFS{}
	for _, name := range names {
		content, err := fs.ReadFile(store.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		if name <= last {
			older[name] = &fstest.MapFile{Data: content}
		}
	}
	return older
}

// A call's record used to hold a name; its repeat must find what the first call
// made after the change, too.
func TestARecordOfAnEarlierVersionHoldsTheIDAfterwards(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	url, ownerURL := postgrestest.URLs(t, upTo(t, "00003_events_and_clearing.sql"))
	db, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, name := range []string{"pledges/g_1", "partners/p_1/keys/k_1", "p_2", ""} {
		if _, err := db.Pool.Exec(ctx, `INSERT INTO idempotency_keys (scope, key_hash, digest, resource, forever)
			VALUES ($1, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), $1, true)`, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.Migrate(ctx, ownerURL, store.Migrations(), "tester"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"pledges/g_1": "g_1", "partners/p_1/keys/k_1": "k_1", "p_2": "p_2", "": ""} {
		var got string
		if err := db.Pool.QueryRow(ctx, `SELECT resource FROM idempotency_keys WHERE scope = $1`, name).Scan(&got); err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", name, got, err, want)
		}
	}
}

// Whoever looks at the database finds on each column what it is for.
func TestEveryColumnSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rows, err := b.db.Pool.Query(context.Background(), `SELECT c.table_name || '.' || c.column_name
		FROM information_schema.columns AS c
		WHERE c.table_schema = 'public' AND col_description(c.table_name::regclass, c.ordinal_position) IS NULL`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, "river_") && !strings.Contains(name, "goose") && !strings.Contains(name, "_versions") {
			t.Errorf("%s has no comment", name)
		}
	}
}
