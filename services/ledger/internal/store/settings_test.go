package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A service that hangs keeps nobody waiting for its locks for long.
func TestConnectionsHaveTimeouts(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	for name, want := range map[string]string{
		"statement_timeout": "1min", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s",
		"client_connection_check_interval": "1s", "TimeZone": "UTC", "default_transaction_isolation": "read committed",
	} {
		var got string
		if err := db.Pool.QueryRow(t.Context(), `SHOW `+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

// The tables that nearly every commit updates have room for it and are vacuumed by
// count: a share of a large table would come too late.
func TestHotTablesAreKeptSmall(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	rows, err := db.Pool.Query(t.Context(), `
		SELECT relname, reloptions FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	options := map[string][]string{}
	var table string
	var set []string
	if _, err := pgx.ForEachRow(rows, []any{&table, &set}, func() error {
		options[table] = slices.Clone(set)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"head", "tiles", "balances", "day_totals", "pool_totals"} {
		for _, want := range []string{"fillfactor=", "autovacuum_vacuum_scale_factor=0", "autovacuum_vacuum_threshold=", "vacuum_truncate=off"} {
			if !slices.ContainsFunc(options[table], func(o string) bool { return strings.HasPrefix(o, want) }) {
				t.Errorf("%s has %v, not %s", table, options[table], want)
			}
		}
	}
}
