package decision_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestEveryColumnSaysWhatItIs(t *testing.T) {
	t.Parallel()
	postgrestest.CheckComments(t, postgres.Migrations{decision.Tables()})
}

func TestTheServiceMayNotChangeWhatWasDecided(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgres.Migrations{decision.Tables()})
	for statement, able := range map[string]bool{
		`UPDATE owed_decisions SET recorded_at = NULL`: true,
		`UPDATE owed_decisions SET person = ''`:        false,
		`DELETE FROM owed_decisions`:                   false,
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); (err == nil) != able {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
