package duty_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestEveryColumnSaysWhatItIs(t *testing.T) {
	t.Parallel()
	postgrestest.CheckComments(t, postgres.Migrations{duty.Tables()})
}

// A new version of River may bring a table that nobody has given rights to.
func TestEveryTableOfRiverHasItsRights(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgres.Migrations{duty.Tables()})
	bare, err := postgres.Many(t.Context(), db.Pool, "tables", pgx.RowTo[string], `
		SELECT relname FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname ~ '^river_'
			AND (relname = 'river_migration') = has_table_privilege(oid, 'INSERT')`)
	if err != nil || len(bare) > 0 {
		t.Errorf("without the rights of rights.sql: %v, %v", bare, err)
	}
}
