package listing_test

import (
	"encoding/hex"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// part is a child, which its parent and its key name together; few have its mark.
type part struct {
	Parent string
	Key    []byte
}

func parts() listing.List {
	return listing.List{
		Rows: "parts", Alias: "p",
		Keys:    []listing.Key{{Name: "name", SQL: "p.parent"}, {SQL: "p.key", Kind: listing.Bytes}},
		Columns: map[string]filter.Column{"mark": {SQL: "p.mark", Few: true, Unordered: true}},
	}
}

// Children of several parents share what follows the parent in their names: none is left
// out where a page ends among them, in either order, and the keys of few are found at once.
func TestChildrenThatShareAKeyAreAllListed(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgrestest.Tables(`
		CREATE TABLE parts (parent text NOT NULL, key bytea NOT NULL, mark text NOT NULL, PRIMARY KEY (parent, key));
		CREATE INDEX ON parts (mark);`))
	if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), `
		INSERT INTO parts SELECT 'i' || lpad((n % 4)::text, 2, '0'), sha256((n / 4)::text::bytea), 'm' || n / 8
		FROM generate_series(0, 39999) n; ANALYZE parts`); err != nil {
		t.Fatal(err)
	}
	watched, rows := postgrestest.Watched(t, db)
	read := func(p page.Page) []part {
		t.Helper()
		list, err := listing.Rows(t.Context(), watched.Pool, "parts", pgx.RowToStructByName[part], `SELECT p.parent, p.key FROM parts p`, parts(), p)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for _, c := range []struct {
		filter, order string
		want          int
	}{{`mark = "m7"`, "", 8}, {`mark = "m7"`, "name desc", 8}, {`mark = "none"`, "", 0}} {
		var found []part
		for p := (page.Page{Size: 2, Filter: c.filter, OrderBy: c.order}); ; {
			var some []part
			if looked := rows.During(func() { some = read(p) }); looked > 100 {
				t.Errorf("%s: %d rows are looked at", c.filter, looked)
			}
			if len(some) <= p.Size {
				found = append(found, some...)
				break
			}
			found = append(found, some[:p.Size]...)
			last := found[len(found)-1]
			p.After = []string{last.Parent, hex.EncodeToString(last.Key)}
		}
		names := make([]string, len(found))
		for i, x := range found {
			names[i] = x.Parent + hex.EncodeToString(x.Key)
		}
		if c.order != "" {
			slices.Reverse(names)
		}
		if !slices.IsSorted(names) || len(slices.Compact(names)) != c.want {
			t.Errorf("%s by %s: %v", c.filter, c.order, names)
		}
	}
	// What only goes on with the parent is nothing to order by, and other bytes no place.
	for field, p := range map[string]page.Page{
		"orderBy": {Size: 1, OrderBy: "key"}, "pageToken": {Size: 1, After: []string{"i00", "no digits"}},
	} {
		_, err := listing.Rows(t.Context(), db.Pool, "parts", pgx.RowToStructByName[part], `SELECT p.parent, p.key FROM parts p`, parts(), p)
		if f := fault.As(err); f == nil || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
