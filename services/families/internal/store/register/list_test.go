package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// numbered are n rows of a list with ids that are found in no other text.
func numbered(n int) (rows []prisonerimport.Row) {
	for i := range n {
		r := known(i + 1)
		r.SourceID = fmt.Sprintf("Q%07d", i+1)
		r.Facts.Cells[0].Column = "Heading of names"
		r.Complaints = []prisonerimport.Complaint{{Column: "Heading of names", Reason: "BAD_DATE"}}
		rows = append(rows, r)
	}
	return rows
}

// TestNoNameIdHeadingOrNumberOfAListStandsInATable merges a list, of which a row is held
// back, and looks through all rows, while the file waits and afterwards.
func TestNoNameIdHeadingOrNumberOfAListStandsInATable(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	rows := numbered(30)
	rows[7].Anonymous = true
	id, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: "listofspring", Importer: importer, RequestID: "r1"})
	d.must(err)
	d.must(d.store.AppendRows(ctx, id, "listofspring", rows))
	d.must(d.store.StageImport(ctx, id, []byte(strings.Repeat("S", 32))))
	look := func(when string) {
		t.Helper()
		for _, table := range []string{"source_lists", "prisoner_imports", "prisoner_import_rows", "prisoner_import_clashes", "prisoners", "source_records"} {
			lines, err := postgres.Many(ctx, d.db.Pool, table, pgx.RowTo[string], `SELECT to_jsonb(t)::text FROM `+table+` t`)
			d.must(err)
			for _, line := range lines {
				for _, word := range []string{"listofspring", "Q00000", "Heading", fmt.Sprintf("%x", "listofspring"), fmt.Sprintf("%x", "Q00000"), fmt.Sprintf("%x", "SSSSSS")} {
					if strings.Contains(line, word) {
						t.Errorf("%s: %s has %q: %s", when, table, word, line)
					}
				}
			}
		}
	}
	look("staged")
	d.must(d.store.MergeImport(ctx, id, merger))
	d.must(d.store.Merge(ctx, id))
	d.drain()
	look("merged")

	// Who may ask is told all the same.
	i, err := d.store.Import(ctx, id)
	if err != nil || i.SourceList != "listofspring" || string(i.SHA256) != strings.Repeat("S", 32) {
		t.Errorf("import %+v, %v", i, err)
	}
	back, err := d.store.ImportRows(ctx, id, page.Page{Size: 10, Filter: `held_back = true`})
	if err != nil || len(back) != 1 || back[0].Number != 8 || back[0].SourceID != "Q0000008" || back[0].Complaints[0].Column != "Heading of names" {
		t.Errorf("held back: %+v, %v", back, err)
	}
	source := "Q0000003"
	found, err := d.store.Prisoners(ctx, page.Page{Size: 10, Filter: `source_id = "` + source + `"`})
	d.must(err)
	_, facts, err := d.store.Prisoner(ctx, found[0].ID)
	if err != nil || len(found) != 1 || facts.SourceID != source || facts.FullName != rows[2].Facts.FullName {
		t.Errorf("found %+v with %+v, %v", found, facts, err)
	}
}

// TestTheOrderOfTheTablesIsNotTheLists reads the rows as they lie on the disk.
func TestTheOrderOfTheTablesIsNotTheLists(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	rows := numbered(50)
	i := d.merged(rows...)
	place := map[string]int{}
	for n := range rows {
		key, err := d.store.RowKey(i.ID, n+1)
		d.must(err)
		place[string(key)] = n
	}
	for _, sql := range []string{
		`SELECT row_key FROM prisoner_import_rows ORDER BY ctid`, `SELECT row_key FROM prisoner_import_rows ORDER BY row_key`,
		`SELECT r.row_key FROM prisoners p JOIN source_records r USING (prisoner_id) ORDER BY p.ctid`,
		`SELECT row_key FROM source_records ORDER BY ctid`, `SELECT row_key FROM source_records ORDER BY prisoner_id`,
	} {
		keys, err := postgres.Many(ctx, d.db.Pool, "rows", pgx.RowTo[[]byte], sql)
		d.must(err)
		same := 0 // neighbours in the file that are neighbours here
		for n := 1; n < len(keys); n++ {
			if place[string(keys[n])] == place[string(keys[n-1])]+1 {
				same++
			}
		}
		if len(keys) != len(rows) || same > 10 {
			t.Errorf("%s: %d of %d follow each other as in the file", sql, same, len(keys))
		}
	}
}

// TestWhatIsSealedOfAListOpensInItsPlaceOnly swaps each sealed value with another row's.
func TestWhatIsSealedOfAListOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, c := range map[string]struct {
		swap string
		open func(d *desk, id string) error
	}{
		"names of lists": {`UPDATE source_lists a SET name_sealed = b.name_sealed FROM source_lists b WHERE a.list_digest <> b.list_digest`,
			func(d *desk, id string) error { _, err := d.store.Import(ctx, id); return err }},
		"digests of files": {`UPDATE prisoner_imports a SET sha256_sealed = b.sha256_sealed FROM prisoner_imports b WHERE a.import_id <> b.import_id`,
			func(d *desk, id string) error { _, err := d.store.Import(ctx, id); return err }},
		"labels of rows": {`UPDATE prisoner_import_rows a SET label_sealed = b.label_sealed FROM prisoner_import_rows b
			WHERE a.import_id = b.import_id AND a.row_key <> b.row_key`,
			func(d *desk, id string) error {
				_, err := d.store.ImportRows(ctx, id, page.Page{Size: 10})
				return err
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			id := d.staged(numbered(2)...)
			other, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: "autumn", Importer: importer})
			d.must(err)
			d.must(d.store.AppendRows(ctx, other, "autumn", numbered(2)))
			d.must(d.store.StageImport(ctx, other, make([]byte, 32)))
			d.must(c.open(d, id))
			if _, err := d.db.Pool.Exec(ctx, c.swap); err != nil {
				t.Fatal(err)
			}
			if err := c.open(d, id); !fault.Is(err, "SEAL_BROKEN") {
				t.Errorf("opened: %v", err)
			}
		})
	}
}

// TestARowsKeyIsOneFilesOnly also says that a key leads back to its number.
func TestARowsKeyIsOneFilesOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, err := d.store.RowKey("i_1", 7)
	d.must(err)
	b, err := d.store.RowKey("i_2", 7)
	d.must(err)
	if slices.Equal(a, b) || len(a) != 16 {
		t.Errorf("row 7 is %x in one file and %x in another", a, b)
	}
}
