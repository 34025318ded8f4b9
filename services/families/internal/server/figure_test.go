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

// durable is a bench over a PostgreSQL with default durability, and its owner.
func durable(b *testing.B) (*bench, *postgres.DB) {
	b.Helper()
	cluster := postgrestest.Cluster(b, true)
	open := func(url string) *postgres.DB {
		db, err := postgres.Open(b.Context(), url)
		must(b, err)
		b.Cleanup(db.Close)
		return db
	}
	for _, name := range []string{"families", "keystore"} {
		must(b, cluster.EnsureDatabase(b.Context(), name, name))
	}
	db, keyStore := open(cluster.URL("families", "families")), open(cluster.URL("keystore", "keystore"))
	must(b, postgres.Migrate(b.Context(), cluster.OwnerURL("families", "families"), store.Migrations(), "families"))
	must(b, seal.MigrateKeyStore(b.Context(), slog.New(slog.DiscardHandler), cluster.URL("keystore", "keystore"), cluster.OwnerURL("keystore", "keystore")))
	return newBenchOn(b, db, seal.New(sealtest.Master(b), keyStore)), open(cluster.OwnerURL("families", "families"))
}

// arrives is how long a row of a list takes to be parsed, sealed, stored and compared.
func (b *bench) arrives(list string, rows int, file []byte) time.Duration {
	b.t.Helper()
	start := time.Now()
	i, err := b.upload(b.caseworker(pavel), list, "", file)
	must(b.t, err)
	if int(i.GetParsedRows()) != rows {
		b.t.Fatalf("%d rows of %d", i.GetParsedRows(), rows)
	}
	return time.Since(start) / time.Duration(rows)
}

// BenchmarkImport measures how many rows a second are parsed, sealed, stored and
// compared, over gRPC.
func BenchmarkImport(b *testing.B) {
	const rows = 30_000
	file := madeUp(b, rows)
	bench, _ := durable(b)
	for b.Loop() {
		fmt.Printf("figure import.rows_per_second %.0f rows/s\n", time.Second.Seconds()/bench.arrives("spring", rows, file).Seconds())
	}
}

// BenchmarkImportGrowth measures a list of 100,000 rows against one of 10,000, time a
// row, each brought a second time into tables that were merged and analysed.
func BenchmarkImportGrowth(b *testing.B) {
	bench, owner := durable(b)
	again := func(list string, rows int) time.Duration {
		file := madeUp(b, rows)
		i := bench.register(list, file)
		if i.GetMergedRows() == 0 {
			b.Fatalf("import is %v", i)
		}
		if _, err := owner.Pool.Exec(b.Context(), `ANALYZE`); err != nil {
			b.Fatal(err)
		}
		return bench.arrives(list, rows, file)
	}
	for b.Loop() {
		few, many := again("few", 10_000), again("many", 100_000)
		fmt.Printf("figure import.growth %.2f ratio\n", many.Seconds()/few.Seconds())
	}
}
