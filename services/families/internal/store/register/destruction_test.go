package register_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

func TestTheKeyOfAFailedImportIsDestroyedThoughTheProcessDied(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)

	// Given an import that was given up by a process that died right after its commit,
	id := d.arriving(known(1), known(2))
	d.must(d.store.FailImport(ctx, id, "The file did not arrive in full."))
	if !d.alive(id) {
		t.Fatal("the key is destroyed within the call: the test would see nothing")
	}
	if n := d.count(`SELECT count(*) FROM prisoner_import_rows`); n != 0 {
		t.Errorf("%d rows of a failed import", n)
	}

	// when its job is lost, too, and the sweeper finds what is owed,
	if _, err := d.db.Pool.Exec(ctx, `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	d.drain()

	// then the key is gone, and nothing is owed any more.
	if d.alive(id) {
		t.Error("the key of a failed import lives")
	}
	if n := d.count(`SELECT count(*) FROM prisoner_imports WHERE destroy_owed_at IS NOT NULL`); n != 0 {
		t.Errorf("%d destructions are still owed", n)
	}
}

// With the row's note taken away the key lives on: it is the note that kills it.
func TestWithoutItsNoteAKeyWouldLive(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	id := d.arriving(known(1))
	d.must(d.store.FailImport(ctx, id, "The file did not arrive in full."))
	if _, err := d.db.Pool.Exec(ctx, `UPDATE prisoner_imports SET destroy_owed_at = NULL`); err != nil {
		t.Fatal(err)
	}
	d.drain()
	if !d.alive(id) {
		t.Error("the key was destroyed by something else: the test above proves nothing")
	}
}

func TestADestructionThatWasNotNotedIsRepeated(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	id := d.arriving(known(1))
	d.must(d.store.FailImport(ctx, id, "The file did not arrive in full."))

	// Given a process that died between destroying the key and noting it,
	d.must(d.keys.Destroy(ctx, seal.Import(id)))

	// when the duty runs again, and twice,
	d.must(d.store.DestroyImportKey(ctx, id))
	d.must(d.store.DestroyImportKey(ctx, id))

	// then the key is gone and nothing is owed.
	owed, err := d.store.OwedDestructions(ctx, d.now().Add(time.Hour), "", 10)
	d.must(err)
	if d.alive(id) || len(owed) != 0 {
		t.Errorf("alive: %v, owed: %v", d.alive(id), owed)
	}
}

func TestNobodyDestroysWhatIsNotOwed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.staged(known(1))
	d.must(d.store.DestroyImportKey(t.Context(), id))
	d.must(d.store.DestroyImportKey(t.Context(), "i_absent"))
	if !d.alive(id) {
		t.Error("the key of an import that waits to be merged is destroyed")
	}
}

func TestAnAbandonedImportIsGivenUpWithoutAnotherUpload(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	id := d.arriving(known(1))

	// A minute after its last row it may still be on its way,
	d.pass(time.Minute)
	d.drain()
	if i, err := d.store.Import(ctx, id); err != nil || i.State != prisonerimport.Parsing {
		t.Errorf("a minute later: %v, %v", i.State, err)
	}

	// after two it is not, and its key is gone.
	d.pass(2 * time.Minute)
	d.drain()
	i, err := d.store.Import(ctx, id)
	if err != nil || i.State != prisonerimport.Failed || i.Failure == "" {
		t.Errorf("three minutes later: %+v, %v", i, err)
	}
	if d.alive(id) {
		t.Error("the key of an abandoned import lives")
	}
}

func TestTheNextUploadGivesUpAnAbandonedOneWithItsKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	abandoned := d.arriving(known(1))
	d.pass(3 * time.Minute)
	d.staged(known(2))
	d.drain()
	if d.alive(abandoned) {
		t.Error("the key of an abandoned import lives")
	}
}

func TestAFileThatHasArrivedIsNotGivenUp(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	id := d.staged(known(1), known(2))
	// Staging was committed but its answer was lost: the server gives the import up.
	d.must(d.store.FailImport(ctx, id, "The file did not arrive in full."))
	d.drain()
	if n := d.count(`SELECT count(*) FROM prisoner_import_rows WHERE sealed IS NOT NULL`); n != 2 || !d.alive(id) {
		t.Errorf("%d rows of a staged import, key alive: %v", n, d.alive(id))
	}
	d.must(d.store.MergeImport(ctx, id, merger))
	d.must(d.store.Merge(ctx, id))
	if n := d.count(`SELECT count(*) FROM prisoners`); n != 2 {
		t.Errorf("%d prisoners", n)
	}
}

func TestAMergedImportsKeyIsDestroyedAndWhatIsHeldBackStays(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)

	// Given a merged import of which one row was held back,
	withheld := known(3)
	withheld.Anonymous = true
	i := d.merged(known(1), known(2), withheld)
	if i.State != prisonerimport.Merged || i.Counts.Merged != 2 || i.Counts.HeldBack != 1 {
		t.Fatalf("import is %+v", i)
	}
	d.drain()

	// then its key is gone, and with it what was sealed of merged rows,
	if d.alive(i.ID) {
		t.Error("the key of a merged import lives")
	}
	if n := d.count(`SELECT count(*) FROM prisoner_import_rows WHERE sealed IS NOT NULL AND NOT held_back`); n != 0 {
		t.Errorf("%d merged rows have their cells", n)
	}

	// prisoners open under their own keys,
	prisoners := d.count(`SELECT count(*) FROM prisoners`)
	var id string
	source, err := d.store.SourceDigest(ctx, "spring", "1")
	d.must(err)
	d.must(d.db.Pool.QueryRow(ctx, `SELECT prisoner_id FROM prisoners WHERE source_digest = $1`, source).Scan(&id))
	_, facts, err := d.store.Prisoner(ctx, id)
	if err != nil || prisoners != 2 || facts.FullName != known(1).Facts.FullName {
		t.Errorf("%d prisoners, facts %+v, %v", prisoners, facts, err)
	}

	// and what is held back waits for its decision under a key of its own.
	var sealed []byte
	d.must(d.db.Pool.QueryRow(ctx, `SELECT sealed FROM prisoner_import_rows WHERE held_back`).Scan(&sealed))
	rows := seal.Column{Table: "prisoner_import_rows", Name: "sealed", Subject: seal.OfImport}
	var kept prisoner.Facts
	d.must(d.keys.OpenJSON(ctx, rows.At(seal.HeldBack(i.ID), i.ID+"/3", 2), sealed, &kept))
	if kept.FullName != withheld.Facts.FullName {
		t.Errorf("held back is %+v", kept)
	}
	if err := d.keys.OpenJSON(ctx, rows.At(seal.HeldBack(i.ID), i.ID+"/3", 1), sealed, &kept); !fault.Is(err, "SEAL_BROKEN") {
		t.Errorf("it opens as the row that arrived: %v", err)
	}
}

func TestAMergeOfNothingButHeldBackRowsEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rows := make([]prisonerimport.Row, 5)
	for n := range rows {
		rows[n] = known(n + 1)
		rows[n].Anonymous = true
	}
	i := d.merged(rows...)
	d.drain()
	if i.State != prisonerimport.Merged || i.Counts.Merged != 0 || d.alive(i.ID) {
		t.Errorf("import is %+v, key alive: %v", i, d.alive(i.ID))
	}
}

func TestARepeatedUploadMakesNoKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	upload := register.Upload{SourceList: "spring", Importer: importer, RequestID: "5b5f7a6c-4a4f-4f3e-9d0a-2f1e0c9b8a77"}
	first, _, err := d.store.BeginImport(ctx, upload)
	d.must(err)
	d.must(d.store.AppendRows(ctx, first, "spring", []prisonerimport.Row{known(1)}))
	d.must(d.store.StageImport(ctx, first, make([]byte, 32)))
	again, existed, err := d.store.BeginImport(ctx, upload)
	if err != nil || !existed || again != first || d.alive(first) != true {
		t.Errorf("the repeat is %s, existed %v, %v", again, existed, err)
	}
}

func TestAnImportThatNobodyMergesIsGivenUpWithItsKey(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	id := d.staged(known(1))

	// After 29 days it can still be merged,
	d.pass(29 * 24 * time.Hour)
	d.drain()
	if !d.alive(id) {
		t.Fatal("the key of an import that waits is destroyed")
	}

	// after 31 it is given up: its rows and its key are gone.
	d.pass(2 * 24 * time.Hour)
	d.drain()
	i, err := d.store.Import(ctx, id)
	rows := d.count(`SELECT count(*) FROM prisoner_import_rows`)
	if err != nil || i.State != prisonerimport.Failed || rows != 0 || d.alive(id) {
		t.Errorf("import %+v with %d rows, key alive: %v, %v", i, rows, d.alive(id), err)
	}
}

func TestAMergeGivesUpTheFilesOfItsListThatWait(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)

	// Given two files of a list that wait,
	first, second := d.staged(known(1)), d.staged(known(1), known(2))

	// when one of them is merged,
	d.must(d.store.MergeImport(ctx, second, merger))
	d.must(d.store.Merge(ctx, second))
	d.drain()

	// then the other one, which was compared with what is no more, leaves nothing.
	i, err := d.store.Import(ctx, first)
	rows := d.count(`SELECT count(*) FROM prisoner_import_rows WHERE import_id = $1`, first)
	if err != nil || i.State != prisonerimport.Failed || rows != 0 || d.alive(first) {
		t.Errorf("import %+v with %d rows, key alive: %v, %v", i, rows, d.alive(first), err)
	}
	if err := d.store.MergeImport(ctx, first, merger); !fault.Is(err, "LIST_MOVED_ON") {
		t.Errorf("merging it: %v", err)
	}
}
