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
var strict = changed(lax, func(files fstest.MapFS) {
	files["migrations/rights.sql"] = &fstest.MapFile{Data: []byte("GRANT SELECT, INSERT ON facts TO :service;\n")}
})

// lax say nothing about rights.
var lax = postgrestest.Tables("CREATE TABLE facts (n int);")

// final is another owner, whose rows are final whatever the service may do with its own.
var final = postgres.Owner{Name: "final", Files: fstest.MapFS{
	"migrations/00001_final.sql": {Data: []byte("-- +goose Up\nCREATE TABLE final (n int);\n")},
	"migrations/rights.sql":      {Data: []byte("REVOKE ALL ON final FROM :service; GRANT SELECT, INSERT ON final TO :service;\n")},
}}

func TestAServiceHasTheRightsOfItsMigrationsAndNoMore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tests := map[string]struct {
		migrations postgres.Migrations
		able       map[string]bool
	}{
		"with rights": {strict, map[string]bool{
			`INSERT INTO facts VALUES (1)`: true, `SELECT FROM facts`: true,
			`UPDATE facts SET n = 2`: false, `DELETE FROM facts`: false,
		}},
		"without": {lax, map[string]bool{
			`INSERT INTO facts VALUES (1)`: true, `UPDATE facts SET n = 2`: true, `DELETE FROM facts`: true,
		}},
	}
	always := map[string]bool{
		`TRUNCATE facts`: false, `DROP TABLE facts`: false, `ALTER TABLE facts ADD m int`: false,
		`ALTER TABLE facts DISABLE TRIGGER ALL`: false, `CREATE TABLE mine (n int)`: false,
		`DELETE FROM goose_test_version`: false, `SELECT FROM goose_test_version`: true,
		`INSERT INTO final VALUES (1)`: true, `UPDATE final SET n = 2`: false, `DELETE FROM final`: false,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := postgrestest.New(t, append(postgres.Migrations{final}, test.migrations...))
			for _, rights := range []map[string]bool{test.able, always} {
				for statement, able := range rights {
					if _, err := db.Pool.Exec(ctx, statement); (err == nil) != able {
						t.Errorf("%s: %v", statement, err)
					}
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
