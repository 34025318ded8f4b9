package register_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/duty"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// People of the tests.
const (
	importer = "staff/s_importer"
	merger   = "staff/s_merger"
)

// desk is a register over a database and a key store of the test's own.
type desk struct {
	t     testing.TB
	db    *postgres.DB
	keys  *seal.Keyring
	store *register.Store

	mu    sync.Mutex
	ahead time.Duration // guarded by mu
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	return newDeskOn(t, postgrestest.New(t, store.Migrations()))
}

func newDeskOn(t testing.TB, db *postgres.DB) *desk {
	t.Helper()
	d := &desk{t: t, db: db, keys: sealtest.New(t)}
	d.store = register.New(d.db, d.keys, dutytest.Queue(t), d.now)
	return d
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Add(d.ahead)
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ahead += by
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// arriving is an import of which these rows have arrived.
func (d *desk) arriving(rows ...prisonerimport.Row) string {
	d.t.Helper()
	ctx := context.Background()
	id, existed, err := d.store.BeginImport(ctx, register.Upload{SourceList: "spring", Importer: importer})
	d.must(err)
	if existed {
		d.t.Fatalf("import %s was there before", id)
	}
	d.must(d.store.AppendRows(ctx, id, "spring", rows))
	return id
}

// staged is an import of these rows that waits to be merged.
func (d *desk) staged(rows ...prisonerimport.Row) string {
	d.t.Helper()
	id := d.arriving(rows...)
	d.must(d.store.StageImport(context.Background(), id, make([]byte, 32)))
	return id
}

// merged is an import of these rows that was merged; what it owes is not done yet.
func (d *desk) merged(rows ...prisonerimport.Row) prisonerimport.Import {
	d.t.Helper()
	ctx := context.Background()
	id := d.staged(rows...)
	d.must(d.store.MergeImport(ctx, id, merger))
	d.must(d.store.Merge(ctx, id))
	i, err := d.store.Import(ctx, id)
	d.must(err)
	return i
}

// drain does everything that is owed.
func (d *desk) drain() {
	d.t.Helper()
	dutytest.Drain(d.t, d.db, duty.Register(d.store)...)
}

func (d *desk) count(query string, arguments ...any) (n int) {
	d.t.Helper()
	d.must(d.db.Pool.QueryRow(context.Background(), query, arguments...).Scan(&n))
	return n
}

// alive reports whether an import's key can still be used.
func (d *desk) alive(id string) bool {
	d.t.Helper()
	_, err := d.keys.Digest(context.Background(), seal.Import(id), "test", nil)
	if err != nil && !fault.Is(err, "ERASED") {
		d.t.Fatal(err)
	}
	return err == nil
}

// known is row number n, about a person of their own, as a list with ids has it.
func known(n int) prisonerimport.Row {
	r := unnumbered(n)
	r.SourceID = fmt.Sprint(n)
	return r
}

// unnumbered is row number n, about a person of their own, as a list without ids has
// it.
func unnumbered(n int) prisonerimport.Row {
	facts := prisoner.Facts{
		FullName: fmt.Sprintf("Прыдуманы %s", word(n)), BirthDate: fmt.Sprintf("19%02d-0%d-11", 50+n%50, 1+n%9), DetentionDate: "2021-05-04",
	}
	facts.Cells = []prisoner.Cell{{Column: "name", Text: facts.FullName}, {Column: "status", Text: "active"}}
	return prisonerimport.Row{Number: n, Status: prisoner.Active, Facts: facts}
}

// word spells a number in letters, so that names differ.
func word(n int) string {
	letters := []rune("абвгдежзік")
	text := ""
	for _, digit := range fmt.Sprintf("%06d", n) {
		text += string(letters[digit-'0'])
	}
	return text
}

func TestAPersonBringsOneFileAtATime(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	begin := func(person, list string) error {
		_, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: list, Importer: person})
		return err
	}
	d.must(begin(importer, "spring"))
	if err := begin(importer, "autumn"); !fault.Is(err, "STILL_RUNNING") {
		t.Errorf("a second file: %v", err)
	}
	d.must(begin(merger, "spring")) // somebody else's does not wait
	// A file whose process died blocks nobody for long.
	d.pass(3 * time.Minute)
	d.must(begin(importer, "autumn"))
}

// With the index gone two files of one person arrive at once.
func TestWithoutItsIndexAPersonWouldBringTwo(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	if _, err := postgrestest.Owner(t, d.db).Pool.Exec(ctx, `DROP INDEX prisoner_imports_one_arrives`); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"spring", "autumn"} {
		_, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: list, Importer: importer})
		d.must(err)
	}
}
