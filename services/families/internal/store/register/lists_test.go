package register_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// fill makes many imports of a list, and 50,000 prisoners, most of one list and
// released, each of a row of one file.
func fill(d *desk, owner *postgres.DB) {
	d.t.Helper()
	ctx := context.Background()
	lists := map[string][]byte{}
	for _, name := range []string{"spring", "autumn"} {
		_, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: name, Importer: importer + name})
		d.must(err)
		lists[name] = d.store.ListDigest(name)
	}
	_, err := owner.Pool.Exec(ctx, `
		INSERT INTO prisoner_imports (import_id, list_digest, state, importer, merger, merged_on, created_at)
		SELECT 'i_' || lpad(n::text, 5, '0'), $1, 'MERGED', 'staff/a', 'staff/b', now(), now() - n * interval '1 minute' FROM generate_series(1, 1000) n`, lists["spring"])
	d.must(err)
	var people, rows [][]any
	for n := 1; n <= 50_000; n++ {
		list, status := "spring", "FORMER"
		if n%10_000 == 0 {
			list = "autumn"
		}
		if n%5000 == 1 {
			status = "ACTIVE"
		}
		source, err := d.store.SourceDigest(ctx, list, strconv.Itoa(n))
		d.must(err)
		own, err := d.store.SourceDigest(ctx, "spring", strconv.Itoa(n))
		d.must(err)
		key, err := d.store.RowKey("i_00001", n)
		d.must(err)
		people = append(people, []any{fmt.Sprintf("p_%08d", n), lists[list], source, status, 1, make([]byte, 32), "i_00001", time.Now()})
		rows = append(rows, []any{"i_00001", key, own, "FORMER", make([]byte, 32), make([]byte, 32), false, n%5000 == 0, n%5000 == 0, "NEW"})
	}
	_, err = owner.Pool.CopyFrom(ctx, pgx.Identifier{"prisoners"},
		[]string{"prisoner_id", "list_digest", "source_digest", "status", "version", "row_digest", "seen_in", "created_on"}, pgx.CopyFromRows(people))
	d.must(err)
	_, err = owner.Pool.CopyFrom(ctx, pgx.Identifier{"prisoner_import_rows"},
		[]string{"import_id", "row_key", "source_digest", "status", "row_digest", "claim_digest", "anonymous", "held_back", "unclear", "change"}, pgx.CopyFromRows(rows))
	d.must(err)
}

// A page costs the same among 50,000 prisoners as among few: nothing is searched for.
func TestAPageOfAListLooksAtItsOwnRowsOnly(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	owner := postgrestest.Owner(t, db)
	watched, rows := postgrestest.Watched(t, db)
	d := newDeskOn(t, watched)
	fill(d, owner)
	const size = 10
	first := page.Page{Size: size}
	later := func(filter string) page.Page {
		return page.Page{Size: size, Filter: filter, After: page.At(time.Now().UTC().Truncate(24*time.Hour), "p_00030000")}
	}
	for _, statistics := range []string{`SELECT 'no statistics'`, `ANALYZE`} {
		if _, err := owner.Pool.Exec(t.Context(), statistics); err != nil {
			t.Fatal(err)
		}
		check := func(what string, want int, list func(ctx context.Context) (int, error)) {
			t.Helper()
			for range 7 { // a statement that has run five times may get another plan
				var found int
				var err error
				looked := rows.During(func() { found, err = list(t.Context()) })
				if err != nil || found != want {
					t.Errorf("%s: %d rows, %v; want %d", what, found, err, want)
				}
				if looked > 40*(size+1) {
					t.Errorf("%s (statistics: %s): %d rows are looked at for a page of %d", what, statistics, looked, size)
					return
				}
			}
		}
		prisoners := func(filter string, p page.Page, want int) {
			t.Helper()
			p.Filter = filter
			check("prisoners by "+filter+" "+p.OrderBy, want, func(ctx context.Context) (int, error) {
				found, err := d.store.Prisoners(ctx, p)
				return len(found), err
			})
		}
		prisoners("", later(""), size+1)
		prisoners(`source_list = "spring"`, later(""), size+1)
		prisoners(`source_list = "autumn"`, first, 5)
		prisoners(`source_list = "none"`, first, 0)
		prisoners(`source_id = "20000"`, first, 1)
		prisoners(`source_list = "autumn" AND source_id = "20000"`, first, 1)
		prisoners(`status = "ACTIVE"`, later(""), 4)
		prisoners(`status = "FORMER"`, later(""), size+1)
		prisoners(`status = "ACTIVE" AND source_list = "spring"`, first, 10)
		prisoners(`create_time > timestamp("2120-01-01T00:00:00Z")`, first, 0)
		prisoners("", page.Page{Size: size, OrderBy: "name desc"}, size+1)

		of := func(importID, filter string, want int) {
			t.Helper()
			check("rows of "+importID+" by "+filter, want, func(ctx context.Context) (int, error) {
				found, err := d.store.ImportRows(ctx, importID, page.Page{Size: size, Filter: filter, After: []string{"i_00001", "00"}})
				return len(found), err
			})
		}
		for _, importID := range []string{"i_00001", resource.Any} {
			of(importID, "", size+1)
			of(importID, `held_back = true`, 10)
			of(importID, `held_back = false`, size+1)
			of(importID, `unclear = true`, 10)
			of(importID, `source_id = "40000"`, 1)
			of(importID, `source_id = "40000" AND held_back = true`, 1)
			of(importID, `change = "CHANGED"`, 0)
			of(importID, `status = "ACTIVE"`, 0)
		}
		check("imports", size+1, func(ctx context.Context) (int, error) {
			found, err := d.store.Imports(ctx, first)
			return len(found), err
		})
	}
}
