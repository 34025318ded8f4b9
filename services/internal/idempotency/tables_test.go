package idempotency_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestEveryColumnSaysWhatItIs(t *testing.T) {
	t.Parallel()
	postgrestest.CheckComments(t, postgres.Migrations{idempotency.Tables()})
}

func TestTheServiceMayNotChangeWhatARecordProves(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgres.Migrations{idempotency.Tables()})
	for statement, able := range map[string]bool{
		`UPDATE idempotency_keys SET resource = ''`: true, `DELETE FROM idempotency_keys`: true,
		`UPDATE idempotency_keys SET digest = ''`: false, `UPDATE idempotency_keys SET forever = false`: false,
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); (err == nil) != able {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
