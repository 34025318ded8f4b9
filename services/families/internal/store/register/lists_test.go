package register_test

import (
	"context"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// many prisoners, most of one list and released, each of a row of one file.
const many = `
	INSERT INTO prisoner_imports (import_id, source_list, state, importer, merger, merged_at, created_at, progressed_at)
	SELECT 'i_' || lpad(n::text, 5, '0'), 'spring', 'MERGED', 'staff/a', 'staff/b', now(), now() - n * interval '1 minute', now() FROM generate_series(1, 1000) n;
	INSERT INTO prisoners (prisoner_id, source_list, source_id, status, version, row_digest, seen_in, created_at)
	SELECT 'p_' || lpad(n::text, 8, '0'), CASE WHEN n % 10000 = 0 THEN 'autumn' ELSE 'spring' END, n::text,
		CASE WHEN n % 5000 = 1 THEN 'ACTIVE' ELSE 'FORMER' END, 1, decode(repeat('00', 32), 'hex'), 'i_00001', now()
	FROM generate_series(1, 50000) n;
	INSERT INTO prisoner_import_rows (import_id, row_number, source_id, status, row_digest, anonymous, held_back, change)
	SELECT 'i_00001', n, n::text, 'FORMER', decode(repeat('00', 32), 'hex'), false, n % 5000 = 0, 'NEW' FROM generate_series(1, 50000) n;`

// A page costs the same among 50,000 prisoners as among few: nothing is searched for.
func TestAPageOfAListLooksAtItsOwnRowsOnly(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	owner := postgrestest.Owner(t, db)
	if _, err := owner.Pool.Exec(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	watched, rows := postgrestest.Watched(t, db)
	d := newDeskOn(t, watched)
	const size = 10
	first, later := page.Page{Size: size}, page.Page{Size: size, After: []string{"p_00030000"}}
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
		prisoners := func(what string, f register.PrisonerFilter, p page.Page, want int) {
			t.Helper()
			check("prisoners "+what, want, func(ctx context.Context) (int, error) {
				found, err := d.store.Prisoners(ctx, f, p)
				return len(found), err
			})
		}
		spring, autumn, id, absent := "spring", "autumn", "20000", "none"
		active, former := prisoner.Active, prisoner.Former
		prisoners("of all", register.PrisonerFilter{}, later, size+1)
		prisoners("of a long list", register.PrisonerFilter{SourceList: &spring}, later, size+1)
		prisoners("of a short list", register.PrisonerFilter{SourceList: &autumn}, first, 5)
		prisoners("of no list", register.PrisonerFilter{SourceList: &absent}, first, 0)
		prisoners("of an id", register.PrisonerFilter{SourceID: &id}, first, 1)
		prisoners("of an id of a list", register.PrisonerFilter{SourceList: &autumn, SourceID: &id}, first, 1)
		prisoners("of a rare status", register.PrisonerFilter{Status: &active}, later, 4)
		prisoners("of a common status", register.PrisonerFilter{Status: &former}, later, size+1)
		prisoners("of a rare status of a list", register.PrisonerFilter{SourceList: &spring, Status: &active}, first, 10)

		of := func(what string, f register.RowFilter, want int) {
			t.Helper()
			check("rows "+what, want, func(ctx context.Context) (int, error) {
				found, err := d.store.ImportRows(ctx, "i_00001", f, page.Page{Size: size, After: []string{"30000"}})
				return len(found), err
			})
		}
		held, merged := true, false
		late := "40000"
		of("of all", register.RowFilter{}, size+1)
		of("held back", register.RowFilter{HeldBack: &held}, 4)
		of("not held back", register.RowFilter{HeldBack: &merged}, size+1)
		of("of an id", register.RowFilter{SourceID: &late}, 1)
		of("of an id, held back", register.RowFilter{SourceID: &late, HeldBack: &held}, 1)
		check("imports", size+1, func(ctx context.Context) (int, error) {
			found, err := d.store.Imports(ctx, first)
			return len(found), err
		})
	}
}
