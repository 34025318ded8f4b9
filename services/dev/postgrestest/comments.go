package postgrestest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// CheckComments fails the test for each table and column of the migrations that
// does not say what it is. Tables of libraries are left out.
func CheckComments(t testing.TB, migrations postgres.Migrations) {
	t.Helper()
	missing, err := postgres.Many(context.Background(), New(t, migrations).Pool, "what has no comment", pgx.RowTo[string], `
		SELECT c.relname || '.' || a.attname
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '^(goose|river)_'
			AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range missing {
		t.Errorf("%s, or its table, has no comment", name)
	}
}
