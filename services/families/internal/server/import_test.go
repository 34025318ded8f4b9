package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
)

const header = "id,url,name,status,gender,photo,description,birthday,arrested,articles,prison,declaration,decision,penalty,judge,councel,penalty_start_date,release_date,verdict_date,appeal_date,fake_terrorist_list,died,clusters\n"

// line is a row of the registry format with the cells that tests care about.
func line(id, url, name, status, birthday string) string {
	return id + "," + url + "," + name + "," + status + ",male,,," + birthday + ",2021-03-04,Art. 342,released,,,,,,,,,,,,\n"
}

func TestAFullListIsImportedByOneAndMergedByAnother(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)

	// Given the full made-up list with all traps,
	file := madeUp(t, listfake.DefaultRows)

	// when it is imported,
	start := time.Now()
	i, err := b.upload(b.caseworker(pavel), "spring", "", file)
	must(t, err)
	t.Logf("imported %d rows in %v: %.0f rows per second", i.GetParsedRows(), time.Since(start), float64(i.GetParsedRows())/time.Since(start).Seconds())

	// then every row is there, clashes and anonymous rows are held back,
	sum := sha256.Sum256(file)
	if i.GetState() != familiesv1.PrisonerImportState_PRISONER_IMPORT_STATE_STAGED || i.GetParsedRows() != listfake.DefaultRows ||
		i.GetNewRows() != listfake.DefaultRows || i.GetFileSha256() != hex.EncodeToString(sum[:]) {
		t.Errorf("import is %v", i)
	}
	kinds := b.clashes(i.GetName())
	for _, kind := range []string{"SHARED_URL", "SAME_NAME_AND_BIRTH", "ANONYMOUS"} {
		if kinds[kind] == 0 {
			t.Errorf("no clash of kind %s in %v", kind, kinds)
		}
	}
	if i.GetHeldBackRows() < 50 || i.GetHeldBackRows() > 1000 {
		t.Errorf("%d rows are held back", i.GetHeldBackRows())
	}

	// and only another person can merge it,
	merge := &familiesv1.MergePrisonerImportRequest{Name: i.GetName()}
	_, err = b.verifier(pavel).imports.MergePrisonerImport(ctx, merge)
	refused(t, "merged by the importer", err, "SAME_PERSON")
	merging, err := b.verifier(egor).imports.MergePrisonerImport(ctx, merge)
	must(t, err)
	if merging.GetState() != familiesv1.PrisonerImportState_PRISONER_IMPORT_STATE_MERGING {
		t.Errorf("state is %v", merging.GetState())
	}
	start = time.Now()
	b.drain()
	t.Logf("merged in %v", time.Since(start))

	// once: merging again changes nothing.
	again, err := b.verifier(egor).imports.MergePrisonerImport(ctx, merge)
	must(t, err)
	if again.GetState() != familiesv1.PrisonerImportState_PRISONER_IMPORT_STATE_MERGED ||
		again.GetMergedRows() != i.GetParsedRows()-i.GetHeldBackRows() {
		t.Errorf("merged import is %v", again)
	}
	b.drain()
	if n := b.count("SELECT count(*) FROM prisoners"); n != int(again.GetMergedRows()) {
		t.Errorf("%d prisoners, want %d", n, again.GetMergedRows())
	}
}

// clashes counts the clashes of an import by kind, over all pages.
func (b *bench) clashes(name string) map[string]int {
	b.t.Helper()
	kinds, token := map[string]int{}, ""
	for {
		page, err := b.caseworker(pavel).imports.ListClashes(b.t.Context(), &familiesv1.ListClashesRequest{Parent: name, PageSize: 100, PageToken: token})
		must(b.t, err)
		for _, c := range page.GetClashes() {
			kinds[strings.TrimPrefix(c.GetKind().String(), "PRISONER_IMPORT_CLASH_KIND_")]++
		}
		if token = page.GetNextPageToken(); token == "" {
			return kinds
		}
	}
}

// count runs a query that counts.
func (b *bench) count(query string, arguments ...any) (n int) {
	b.t.Helper()
	must(b.t, b.db.Pool.QueryRow(context.Background(), query, arguments...).Scan(&n))
	return n
}

func TestASecondFileOfAListIsComparedWithTheFirst(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)

	// Given a list of three people,
	b.register("spring", []byte(header+
		line("1", "https://list.example/1", "Іван Першы", "active", "1980-01-02")+
		line("2", "https://list.example/2", "Пётр Другі", "active", "1985-03")+
		line("3", "https://list.example/3", "Ганна Трэцяя", "np", "")))

	// when the next file changes one, lacks one and has a new one,
	i := b.register("spring", []byte(header+
		line("1", "https://list.example/1", "Іван Першы", "active", "1980-01-02")+
		line("2", "https://list.example/2", "Пётр Другі", "former", "1985-03")+
		line("4", "https://list.example/4", "Алесь Чацвёрты", "active", "1990")))

	// then that is what the import says,
	if i.GetNewRows() != 1 || i.GetChangedRows() != 1 || i.GetUnchangedRows() != 1 || i.GetVanishedRows() != 1 || i.GetMergedRows() != 3 {
		t.Errorf("import is %v", i)
	}

	// and the register follows, but the vanished one stays as it was.
	changed, statuses := "", map[string]familiesv1.PrisonerStatus{}
	page, err := b.caseworker(olga).prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{Filter: `source_list = "spring"`})
	must(t, err)
	for _, p := range page.GetPrisoners() {
		if p.GetFacts() != nil || p.GetSourceId() != "" || p.GetSourceList() != "spring" {
			t.Errorf("a list call tells %v", p)
		}
	}
	for _, id := range []string{"1", "2", "3", "4"} {
		found, err := b.caseworker(olga).prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{Filter: `source_id = "` + id + `"`})
		must(t, err)
		for _, p := range found.GetPrisoners() {
			statuses[id] = p.GetStatus()
			if id == "2" {
				changed = strings.TrimPrefix(p.GetName(), "prisoners/")
			}
		}
	}
	active, former := familiesv1.PrisonerStatus_PRISONER_STATUS_ACTIVE, familiesv1.PrisonerStatus_PRISONER_STATUS_FORMER
	if len(page.GetPrisoners()) != 4 || len(statuses) != 4 || statuses["1"] != active || statuses["2"] != former || statuses["4"] != active ||
		statuses["3"] != familiesv1.PrisonerStatus_PRISONER_STATUS_NOT_RECOGNISED {
		t.Errorf("statuses are %v", statuses)
	}
	if n := b.count("SELECT count(*) FROM source_records WHERE prisoner_id = $1", changed); n != 2 {
		t.Errorf("%d source records of the changed person, want the old and the new", n)
	}
}

func TestRowsThatMayBeOnePersonAreHeldBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.register("spring", []byte(header+
		line("1", "https://list.example/a", "Іван Першы", "active", "1980-01-02")+
		line("2", "https://list.example/A/", "Пётр Другі", "active", "1985-03")+ // shares an address
		line("3", "https://list.example/c", "Ганна Трэцяя", "np", "1990-05-06")+
		line("4", "https://list.example/d", "Трэцяя Ганна", "np", "1990-05-06")+ // same name and birth date
		line("5", "https://list.example/e", "Гражданин К.", "np", "")+ // anonymous
		line("6", "https://list.example/f", "Алесь Шосты", "active", "1991")+
		line("6", "https://list.example/g", "Янка Сёмы", "active", "1992")+ // same id
		line("8", "https://list.example/h", "Зоя Восьмая", "what", "1993")+ // unknown status
		line("9", "https://list.example/i", "Вольга Дзявятая", "active", "1994")))
	kinds := b.clashes(i.GetName())
	if kinds["SHARED_URL"] != 1 || kinds["SAME_NAME_AND_BIRTH"] != 1 || kinds["ANONYMOUS"] != 1 || kinds["SAME_ID"] != 1 {
		t.Errorf("clashes are %v", kinds)
	}
	if i.GetHeldBackRows() != 8 || i.GetMergedRows() != 1 {
		t.Errorf("import is %v", i)
	}
	rows, err := b.caseworker(pavel).imports.ListRows(t.Context(), &familiesv1.ListRowsRequest{
		Parent: i.GetName(), Filter: `held_back = true AND source_id = "8"`,
	})
	must(t, err)
	if len(rows.GetRows()) != 1 || len(rows.GetRows()[0].GetComplaints()) == 0 || !rows.GetRows()[0].GetComplaints()[0].GetBlocking() ||
		rows.GetRows()[0].GetComplaints()[0].GetColumn() != "status" {
		t.Errorf("rows are %v", rows)
	}
}

func TestAWrongFileIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	good := line("1", "https://list.example/1", "Іван Першы", "active", "1980-01-02")
	for _, c := range []struct{ name, list, file, field string }{
		{"wrong header", "spring", "a,b,c\n1,2,3\n", "file"},
		{"empty file", "spring", "", "file"},
		{"only a header", "spring", header, "file"},
		{"broken quotes", "spring", header + good + "2,\"https://list.example/2,never closed\n", "file"},
		{"wrong list name", "Spring!", header + good, "sourceList"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			_, err := b.upload(b.caseworker(pavel), c.list, "", []byte(c.file))
			violates(t, c.name, err, c.field)
			if n := b.count("SELECT count(*) FROM prisoner_import_rows"); n != 0 {
				t.Errorf("%d rows stayed", n)
			}
			if n := b.count("SELECT count(*) FROM prisoner_imports WHERE state <> 'FAILED'"); n != 0 {
				t.Errorf("%d imports stayed", n)
			}
		})
	}
}

func TestARepeatedUploadIsTakenOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const key = "0b0c1a52-7b26-4a9e-8f9e-1f2f3a4b5c6d"
	file := madeUp(t, 30)
	first, err := b.upload(b.caseworker(pavel), "spring", key, file)
	must(t, err)
	second, err := b.upload(b.caseworker(pavel), "spring", key, file)
	must(t, err)
	if first.GetName() != second.GetName() {
		t.Errorf("the repeat made %s beside %s", second.GetName(), first.GetName())
	}
	_, err = b.upload(b.caseworker(pavel), "spring", key, madeUp(t, 31))
	refused(t, "another file with the same key", err, "IDEMPOTENCY_KEY_REUSED")
	other, err := b.upload(b.caseworker(olga), "spring", key, file)
	must(t, err)
	if other.GetName() == first.GetName() {
		t.Error("another person's key found the import")
	}
}

func TestAnUploadThatBreaksOffIsGivenUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	upload := register.Upload{SourceList: "spring", Importer: pavel, RequestID: "5b5f7a6c-4a4f-4f3e-9d0a-2f1e0c9b8a77"}

	// Given an upload whose process died,
	id, _, err := b.prisoners.BeginImport(t.Context(), upload)
	must(t, err)

	// when the same upload comes again at once, then it is told to wait;
	_, _, err = b.prisoners.BeginImport(t.Context(), upload)
	refused(t, "the same upload", err, "STILL_RUNNING")

	// after two minutes without a row it is taken,
	b.clock.pass(3 * time.Minute)
	next, existing, err := b.prisoners.BeginImport(t.Context(), upload)
	must(t, err)
	if next == id || existing {
		t.Errorf("the dead import %s was answered", id)
	}

	// and the dead one, should it live after all, adds nothing.
	err = b.prisoners.AppendRows(t.Context(), id, "spring", nil)
	refused(t, "rows of a dead import", err, "IMPORT_GIVEN_UP")
	i, err := b.caseworker(pavel).imports.GetPrisonerImport(t.Context(), &familiesv1.GetPrisonerImportRequest{Name: "prisonerImports/" + id})
	must(t, err)
	if i.GetState() != familiesv1.PrisonerImportState_PRISONER_IMPORT_STATE_FAILED || i.GetFailure() == "" {
		t.Errorf("the dead import is %v", i)
	}
}

func TestOnlyTheLatestComparisonCanBeMerged(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	stale, err := b.upload(b.caseworker(pavel), "spring", "", madeUp(t, 30))
	must(t, err)
	b.register("spring", madeUp(t, 31))
	_, err = b.verifier(egor).imports.MergePrisonerImport(ctx, &familiesv1.MergePrisonerImportRequest{Name: stale.GetName()})
	refused(t, "a stale comparison", err, "LIST_MOVED_ON")
	failed, err := b.upload(b.caseworker(pavel), "spring", "", []byte("nothing"))
	if err == nil {
		t.Fatalf("taken: %v", failed)
	}
	page, err := b.caseworker(pavel).imports.ListPrisonerImports(ctx, &familiesv1.ListPrisonerImportsRequest{PageSize: 1})
	must(t, err)
	last := page.GetPrisonerImports()[0]
	if last.GetState() != familiesv1.PrisonerImportState_PRISONER_IMPORT_STATE_FAILED || last.GetFailure() == "" || page.GetNextPageToken() == "" {
		t.Errorf("the latest import is %v", last)
	}
	_, err = b.verifier(egor).imports.MergePrisonerImport(ctx, &familiesv1.MergePrisonerImportRequest{Name: last.GetName()})
	refused(t, "a failed import", err, "ILLEGAL_STATE")
}

func TestAMergeGoesOnWhereItWasInterrupted(t *testing.T) {
	t.Parallel()
	b := newBench(t)

	// Given a merge that was interrupted after its first batch,
	i, err := b.upload(b.caseworker(pavel), "spring", "", madeUp(t, 2500))
	must(t, err)
	_, err = b.verifier(egor).imports.MergePrisonerImport(t.Context(), &familiesv1.MergePrisonerImportRequest{Name: i.GetName()})
	must(t, err)
	id := strings.TrimPrefix(i.GetName(), "prisonerImports/")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for b.count("SELECT merged_rows FROM prisoner_imports WHERE import_id = $1", id) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_ = b.prisoners.Merge(ctx, id)

	// when the duty runs twice at once,
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- b.prisoners.Merge(t.Context(), id) }()
	}
	must(t, <-done)
	must(t, <-done)

	// then every row has become one prisoner.
	i, err = b.caseworker(pavel).imports.GetPrisonerImport(t.Context(), &familiesv1.GetPrisonerImportRequest{Name: i.GetName()})
	must(t, err)
	people := b.count("SELECT count(*) FROM prisoners")
	if i.GetState() != familiesv1.PrisonerImportState_PRISONER_IMPORT_STATE_MERGED || people != int(i.GetParsedRows()-i.GetHeldBackRows()) ||
		people != int(i.GetMergedRows()) {
		t.Errorf("%d prisoners after %v", people, i)
	}
}

func TestAListWithoutIdsIsToldByItsRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var file bytes.Buffer
	must(t, listfake.Generate(&file, 3, 60, listfake.NamesRussian))
	first := b.register("names", file.Bytes())
	again := b.register("names", file.Bytes())
	if first.GetMergedRows() == 0 || again.GetNewRows() != first.GetHeldBackRows() || again.GetUnchangedRows() != first.GetMergedRows() {
		t.Errorf("first %v, again %v", first, again)
	}
}
