package register_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
)

// compared is how long a list of n people takes to be compared with itself, after the
// tables were analysed. Rows and prisoners are made in the database, unsealed.
func compared(t testing.TB, n int) time.Duration {
	t.Helper()
	ctx := context.Background()
	db := postgrestest.New(t, store.Migrations())
	d, owner := newDeskOn(t, db), postgrestest.Owner(t, db)
	id, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: "spring", Importer: importer})
	d.must(err)
	list := d.store.ListDigest("spring")
	for _, statement := range []string{
		`INSERT INTO prisoners (prisoner_id, list_digest, source_digest, status, version, row_digest, name_digest, year_digest, dates_digest, seen_in, created_on)
			SELECT 'pr_' || n, $1, sha256(('s' || n)::bytea), 'ACTIVE', 1, sha256(('r' || n)::bytea), sha256(('n' || n)::bytea),
				sha256(('y' || n)::bytea), sha256(('d' || n)::bytea), $2, now() FROM generate_series(1, $3::integer) n`,
		`INSERT INTO prisoner_import_rows (import_id, row_key, source_digest, status, row_digest, claim_digest, name_digest, year_digest, person_digest,
				dates_digest, anonymous, held_back)
			SELECT $2, substr(sha256(n::text::bytea), 1, 16), sha256(('s' || (n + n % 2 * $3))::bytea), 'ACTIVE', sha256(('r' || n)::bytea), sha256(('c' || n)::bytea),
				sha256(('n' || n)::bytea), sha256(('y' || n)::bytea), sha256(('p' || n)::bytea), sha256(('d' || n)::bytea), $1::bytea IS NULL, false
			FROM generate_series(1, $3::integer) n`,
	} {
		if _, err := owner.Pool.Exec(ctx, statement, list, id, n); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := owner.Pool.Exec(ctx, `UPDATE prisoner_imports SET parsed_rows = $1`, n); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Pool.Exec(ctx, `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	d.must(d.store.StageImport(ctx, id, make([]byte, 32)))
	took := time.Since(start)
	i, err := d.store.Import(ctx, id)
	d.must(err)
	if i.Counts.Unchanged != n/2 || i.Counts.HeldBack != n/2 {
		t.Fatalf("counts are %+v", i.Counts)
	}
	return took
}

// BenchmarkCompare measures 100,000 rows against 10,000, time a row; half of them have a
// new id and are found by their names.
func BenchmarkCompare(b *testing.B) {
	for b.Loop() {
		few, many := compared(b, 10_000), compared(b, 100_000)
		fmt.Printf("figure import.compare.growth %.2f ratio\nfigure import.compare.rows_per_second %.0f rows/s\n",
			many.Seconds()/few.Seconds()/10, 100_000/many.Seconds())
	}
}
