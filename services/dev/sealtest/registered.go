package sealtest

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// CheckRegistered fails where the sealed columns of a service's tables are others
// than the service lists. A column of bytes counts as sealed by its name or by what
// its comment says.
func CheckRegistered(t testing.TB, migrations postgres.Migrations, registered ...seal.Column) {
	t.Helper()
	found := sealedColumns(t, postgrestest.New(t, migrations))
	var listed []string
	for _, c := range registered {
		listed = append(listed, c.String())
	}
	slices.Sort(listed)
	if !slices.Equal(found, listed) {
		t.Errorf("the tables have the sealed columns %q, the service lists %q", found, listed)
	}
}

func sealedColumns(t testing.TB, db *postgres.DB) []string {
	t.Helper()
	rows, err := db.Pool.Query(context.Background(), `
		SELECT c.relname || '.' || a.attname FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		WHERE a.atttypid = 'bytea'::regtype AND NOT a.attisdropped
			AND (a.attname LIKE '%sealed' OR col_description(c.oid, a.attnum) ILIKE '%seal%')
		ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}
