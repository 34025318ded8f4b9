package listing_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// row is one of the rows that the tests list.
type row struct {
	ID, Owner, State string
	CreatedAt        time.Time
}

const table = `CREATE TABLE cases (
	id         text        PRIMARY KEY,
	owner      text        NOT NULL,
	helper     text        NOT NULL,
	state      text        NOT NULL,
	created_at timestamptz NOT NULL
);
CREATE INDEX ON cases (created_at, id);
CREATE INDEX ON cases (state, created_at, id);
CREATE INDEX ON cases (owner, created_at, id);
CREATE INDEX ON cases (owner, state, created_at, id);
CREATE INDEX ON cases (helper, created_at, id);
CREATE INDEX ON cases (helper, state, created_at, id);`

var states = map[string]string{"OPEN": "OPEN", "STATE_OPEN": "OPEN", "HELD": "HELD", "STATE_HELD": "HELD", "DONE": "DONE", "STATE_DONE": "DONE"}

func cases() listing.List {
	return listing.List{
		Rows: "cases", Alias: "c", Newest: true,
		Keys:    []listing.Key{{Name: "create_time", SQL: "c.created_at", Kind: listing.Time}, {Name: "name", SQL: "c.id"}},
		Columns: map[string]filter.Column{listing.State: {SQL: "c.state", Words: states}, "owner": {SQL: "c.owner"}},
	}
}

func read(ctx context.Context, db listing.Database, p page.Page, conditions ...listing.Condition) ([]row, error) {
	return listing.Rows(ctx, db, "cases", pgx.RowToStructByName[row],
		`SELECT c.id, c.owner, c.state, c.created_at FROM cases c`, cases(), p, conditions...)
}

// reached are the rows that a person owns or helps with.
func reached(person string) listing.Condition {
	return listing.Either(listing.Where("c.owner = %s", person), listing.Few("c.helper = %s", person))
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// wanted is a filter and what it means.
type wanted struct {
	text  string
	holds func(r row) bool
}

func anyFilter(t *rapid.T, depth int) wanted {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 {
		kind %= 3
	}
	switch kind {
	case 0:
		word, not := rapid.SampledFrom([]string{"OPEN", "HELD", "DONE"}).Draw(t, "state"), rapid.Bool().Draw(t, "not")
		spelling := rapid.SampledFrom([]string{"%s", "%q", "STATE_%s", `"STATE_%s"`}).Draw(t, "spelling")
		operator := map[bool]string{false: "=", true: "!="}[not]
		return wanted{"state " + operator + " " + fmt.Sprintf(spelling, word), func(r row) bool { return (r.State == word) != not }}
	case 1:
		at := epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "hours")) * time.Hour)
		return wanted{`create_time > timestamp("` + at.Format(time.RFC3339) + `")`, func(r row) bool { return r.CreatedAt.After(at) }}
	case 2:
		owner := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "owner")
		return wanted{fmt.Sprintf("owner = %q", owner), func(r row) bool { return r.Owner == owner }}
	case 3:
		inner := anyFilter(t, depth-1)
		return wanted{"NOT (" + inner.text + ")", func(r row) bool { return !inner.holds(r) }}
	}
	left, right := anyFilter(t, depth-1), anyFilter(t, depth-1)
	if kind == 4 {
		return wanted{"(" + left.text + ") AND (" + right.text + ")", func(r row) bool { return left.holds(r) && right.holds(r) }}
	}
	return wanted{"(" + left.text + ") OR (" + right.text + ")", func(r row) bool { return left.holds(r) || right.holds(r) }}
}

// Whatever is asked, in whichever order and pages: each row once that a person may see
// and that the filter means.
func TestPagesTogetherAreWhatTheFilterMeans(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgrestest.Tables(table))
	if _, err := db.Pool.Exec(t.Context(), `
		INSERT INTO cases SELECT 'i' || n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END, CASE WHEN n % 3 = 0 THEN 'a' ELSE 'c' END,
			(ARRAY['OPEN', 'HELD', 'DONE'])[1 + n % 3], timestamptz '2026-01-01T00:00Z' + (n % 5) * interval '1 hour'
		FROM generate_series(1, 30) n`); err != nil {
		t.Fatal(err)
	}
	all, err := read(t.Context(), db.Pool, page.Page{Size: 100})
	if err != nil || len(all) != 30 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	rapid.Check(t, func(t *rapid.T) {
		// given
		f, size := anyFilter(t, 3), rapid.IntRange(1, 12).Draw(t, "size")
		by := rapid.SampledFrom([]string{"", "create_time", "create_time desc", "name", "name desc"}).Draw(t, "order")
		open := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"OPEN", "HELD", "DONE"}), 0, 3, rapid.ID).Draw(t, "open")
		text, mine := f.text, rapid.Bool().Draw(t, "mine")
		if mine {
			text = "(" + text + ") AND allowed_to_me = true"
		}
		var want, got []string
		for _, r := range sorted(all, by) {
			seen := r.Owner == "a" || r.ID[1:] != "" && number(r.ID)%3 == 0
			if seen && f.holds(r) && (!mine || slices.Contains(open, r.State)) {
				want = append(want, r.ID)
			}
		}
		// when
		p := page.Page{Size: size, Filter: text, OrderBy: by, Open: append([]string{}, open...)}
		for range 40 {
			rows, err := read(context.Background(), db.Pool, p, reached("a"))
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			more := len(rows) > size
			for _, r := range rows[:min(size, len(rows))] {
				got = append(got, r.ID)
				p.After = page.At(r.CreatedAt, r.ID)
			}
			if !more {
				break
			}
		}
		// then
		if !slices.Equal(got, want) {
			t.Fatalf("%s by %q in pages of %d, open %v:\n%v, want\n%v", text, by, size, open, got, want)
		}
	})
}

func number(id string) (n int) {
	fmt.Sscanf(id, "i%d", &n)
	return n
}

func sorted(rows []row, by string) []row {
	return slices.SortedFunc(slices.Values(rows), func(a, b row) int {
		n := cmp.Compare(a.ID, b.ID)
		if !strings.HasPrefix(by, "name") {
			n = cmp.Or(a.CreatedAt.Compare(b.CreatedAt), n)
		}
		if by == "" || strings.HasSuffix(by, "desc") {
			n = -n
		}
		return n
	})
}

func TestAnOrderThatAListDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"state", "create_time asc desc", "create_time, name", "name; DROP TABLE cases", ",", "create_time DESC NULLS", strings.Repeat("name,", 100), "\x00"} {
		_, err := read(t.Context(), nil, page.Page{Size: 1, OrderBy: by})
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "orderBy" {
			t.Errorf("%q: %v", by, err)
		}
	}
}

// What is open to a caller can be demanded only: what it would mean otherwise, nobody
// can look up.
func TestWhatIsAllowedToTheCallerCanOnlyBeDemanded(t *testing.T) {
	t.Parallel()
	for text, open := range map[string][]string{
		`allowed_to_me = false`: {"OPEN"}, `NOT allowed_to_me = true`: {"OPEN"}, `allowed_to_me != true`: {"OPEN"},
		`state = "OPEN" OR allowed_to_me = true`: {"OPEN"}, `allowed_to_me = "true"`: {"OPEN"}, `allowed_to_me`: {"OPEN"},
		`allowed_to_me = true`: nil, // a list that does not have it
	} {
		_, err := read(t.Context(), nil, page.Page{Size: 1, Filter: text, Open: open})
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "filter" {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A page costs the same among 100,000 rows as among few, whatever is asked for: rare
// and frequent states, owners of few rows and of most, the first page and a late one.
func TestAPageLooksAtItsOwnRowsOnly(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgrestest.Tables(table))
	if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), `
		INSERT INTO cases SELECT 'i' || lpad(n::text, 8, '0'), CASE WHEN n % 20000 = 0 THEN 'small' ELSE 'big' END,
			CASE WHEN n % 10000 = 7 THEN 'small' ELSE 'nobody' END,
			CASE WHEN n > 99990 THEN 'OPEN' WHEN n % 25000 = 0 THEN 'HELD' ELSE 'DONE' END, timestamptz '2026-01-01T00:00Z' + n / 40000 * 40000 * interval '1 minute'
		FROM generate_series(1, 100000) n`); err != nil {
		t.Fatal(err)
	}
	watched, rows := postgrestest.Watched(t, db)
	const size = 10
	late := page.At(epoch.Add(40_000*time.Minute), "i00050000")
	for _, statistics := range []string{`SELECT`, `ANALYZE cases`} {
		if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), statistics); err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"", "small", "big"} {
			for _, text := range []string{``, `state = "OPEN"`, `state = "DONE"`, `state != "DONE"`, `state = "OPEN" OR state = "HELD"`, `allowed_to_me = true`,
				`create_time < timestamp("2026-01-02T00:00:00Z")`, `state = "HELD" AND create_time > timestamp("2026-02-01T00:00:00Z")`} {
				for _, by := range []string{"create_time", "create_time desc"} {
					for _, after := range [][]string{nil, late} {
						var conditions []listing.Condition
						if who != "" {
							conditions = append(conditions, reached(who))
						}
						p := page.Page{Size: size, Filter: text, OrderBy: by, After: after, Open: []string{"OPEN", "HELD"}}
						var err error
						looked := rows.During(func() { _, err = read(t.Context(), watched.Pool, p, conditions...) })
						if err != nil || looked > 16*(size+1) {
							t.Errorf("%s of %q by %s after %v: %d rows are looked at, %v", text, who, by, after, looked, err)
						}
					}
				}
			}
		}
	}
}
