package server_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// BenchmarkImport measures how many rows a second are parsed, sealed, stored and
// compared, over gRPC, against a PostgreSQL with default durability.
func BenchmarkImport(b *testing.B) {
	const rows = 30_000
	file := madeUp(b, rows)
	cluster := postgrestest.Cluster(b, true)
	open := func(name string) *postgres.DB {
		if err := cluster.EnsureDatabase(b.Context(), name, name); err != nil {
			b.Fatal(err)
		}
		db, err := postgres.Open(b.Context(), cluster.URL(name, name))
		must(b, err)
		b.Cleanup(db.Close)
		return db
	}
	db, keyStore := open("families"), open("keystore")
	must(b, postgres.Migrate(b.Context(), cluster.OwnerURL("families", "families"), store.Migrations(), "families"))
	must(b, seal.MigrateKeyStore(b.Context(), slog.New(slog.DiscardHandler), cluster.URL("keystore", "keystore"), cluster.OwnerURL("keystore", "keystore")))
	bench := newBenchOn(b, db, seal.New(sealtest.Master(b), keyStore))
	for b.Loop() {
		start := time.Now()
		i, err := bench.upload(bench.caseworker(pavel), "spring", "", file)
		must(b, err)
		if i.GetParsedRows() != rows {
			b.Fatalf("%d rows of %d", i.GetParsedRows(), rows)
		}
		fmt.Printf("figure import.rows_per_second %.0f rows/s\n", rows/time.Since(start).Seconds())
	}
}
