package postgres_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// strict are migrations that let the service add and read, no more.
var strict = fstest.MapFS{
	"00001_facts.sql": {Data: []byte("-- +goose Up\nCREATE TABLE facts (n int);\n")},
	"rights.sql":      {Data: []byte("GRANT SELECT, INSERT ON facts TO :service;\n")},
}

func TestAServiceHasTheRightsOfItsMigrationsAndNoMore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tests := map[string]struct {
		migrations fstest.MapFS
		able       map[string]bool
	}{
		"with rights": {strict, map[string]bool{
			`INSERT INTO facts VALUES (1)`: true, `SELECT FROM facts`: true,
			`UPDATE facts SET n = 2`: false, `DELETE FROM facts`: false,
		}},
		"without": {fstest.MapFS{"00001_facts.sql": strict["00001_facts.sql"]}, map[string]bool{
			`INSERT INTO facts VALUES (1)`: true, `UPDATE facts SET n = 2`: true, `DELETE FROM facts`: true,
		}},
	}
	never := []string{
		`TRUNCATE facts`, `DROP TABLE facts`, `ALTER TABLE facts ADD m int`, `ALTER TABLE facts DISABLE TRIGGER ALL`,
		`CREATE TABLE mine (n int)`, `DELETE FROM goose_db_version`,
	}
	platform := []string{
		`DELETE FROM idempotency_keys`, `UPDATE owed_decisions SET recorded_at = NULL`, `DELETE FROM river_job`,
		`SELECT FROM goose_db_version`, `SELECT nextval('river_job_id_seq')`,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := postgrestest.New(t, test.migrations)
			for statement, able := range test.able {
				if _, err := db.Pool.Exec(ctx, statement); (err == nil) != able {
					t.Errorf("%s: %v", statement, err)
				}
			}
			for _, statement := range never {
				if _, err := db.Pool.Exec(ctx, statement); err == nil {
					t.Errorf("allowed: %s", statement)
				}
			}
			for _, statement := range platform {
				if _, err := db.Pool.Exec(ctx, statement); err != nil {
					t.Errorf("%s: %v", statement, err)
				}
			}
		})
	}
}

func TestOnlyTheOwnerMigrates(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	url, ownerURL := postgrestest.URLs(t, nil)
	// The role that serves cannot make the tables,
	if err := postgres.Upgrade(ctx, logger, url, "", strict); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("upgrade as the service: %v, want permission denied", err)
	}
	// its owner can, as often as there are replicas,
	for range 2 {
		if err := postgres.Upgrade(ctx, logger, url, ownerURL, strict); err != nil {
			t.Fatal(err)
		}
	}
	// and then the service starts alone too, for nothing is left to do.
	if err := postgres.Upgrade(ctx, logger, url, "", strict); err != nil {
		t.Errorf("upgrade of what is up to date: %v", err)
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
	// Whoever serves as the owner is warned.
	if err := postgres.Upgrade(ctx, logger, ownerURL, "", strict); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "--migrate-url") || !strings.Contains(log.String(), "tester_owner") {
		t.Errorf("log: %s, want a warning", &log)
	}
}
