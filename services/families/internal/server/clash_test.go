package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
)

const (
	another  = familiesv1.PrisonerImportClashDecision_PRISONER_IMPORT_CLASH_DECISION_ANOTHER_PERSON
	unusable = familiesv1.PrisonerImportClashDecision_PRISONER_IMPORT_CLASH_DECISION_UNUSABLE
)

// twins is a list of which two rows clash, and nothing else.
func twins() []byte {
	return []byte(header + line("1", "", "Іван Першы", "active", "1980-01-02") + line("2", "", "ПЕРШЫ Іван", "former", "1980-01-02"))
}

// clashing is the first clash of a new import.
func (b *bench) clashing(list string) string {
	b.t.Helper()
	i, err := b.upload(b.caseworker(pavel), list, "", twins())
	must(b.t, err)
	return i.GetName() + "/clashes/1"
}

// readsClash is a clash as a person reads it.
func (b *bench) readsClash(person, name string) *familiesv1.PrisonerImportClashContent {
	b.t.Helper()
	content, err := b.caseworker(person).imports.ReadClash(b.t.Context(), &familiesv1.ReadClashRequest{Name: name})
	must(b.t, err)
	return content
}

// proposes says what the rows of a clash are.
func (b *bench) proposes(person, name string, decision familiesv1.PrisonerImportClashDecision) *familiesv1.PrisonerImportClash {
	b.t.Helper()
	b.readsClash(person, name)
	c, err := b.caseworker(person).imports.ProposeClash(b.t.Context(), &familiesv1.ProposeClashRequest{Name: name, Decision: decision})
	must(b.t, err)
	return c
}

func TestAFamilyIsRegisteredOnARowThatWasHeldBack(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)

	// Given a merged list of which two rows were held back,
	i := b.register("spring", twins())
	if i.GetHeldBackRows() != 2 || i.GetMergedRows() != 0 {
		t.Fatalf("import is %v", i)
	}
	name := i.GetName() + "/clashes/1"

	// when somebody who has read them says that they are two people, and another agrees,
	content := b.readsClash(olga, name)
	var names []string
	for _, r := range content.GetRows() {
		names = append(names, r.GetFacts().GetFullName())
	}
	if diff := cmp.Diff([]string{"Іван Першы", "ПЕРШЫ Іван"}, slices.Sorted(slices.Values(names))); diff != "" {
		t.Errorf("who decides sees (-want +got):\n%s", diff)
	}
	proposed := b.proposes(olga, name, another)
	b.readsClash(egor, name)
	resolved, err := b.verifier(egor).imports.ResolveClash(ctx, &familiesv1.ResolveClashRequest{Name: name, Etag: proposed.GetEtag()})
	must(t, err)
	if resolved.GetState() != familiesv1.PrisonerImportClashState_PRISONER_IMPORT_CLASH_STATE_RESOLVED || resolved.GetResolver() != egor || resolved.GetProposer() != olga {
		t.Errorf("clash is %v", resolved)
	}

	// then nothing is held back, and families stand behind both.
	rows, err := b.caseworker(olga).imports.ListRows(ctx, &familiesv1.ListRowsRequest{Parent: i.GetName()})
	must(t, err)
	for _, r := range rows.GetRows() {
		if r.GetHeldBack() || r.GetDecision() != another || r.GetPrisoner() == "" {
			t.Errorf("row is %v", r)
			continue
		}
		b.familyOf(r.GetPrisoner())
	}
	after, err := b.caseworker(olga).imports.GetPrisonerImport(ctx, &familiesv1.GetPrisonerImportRequest{Name: i.GetName()})
	if err != nil || after.GetHeldBackRows() != 0 || after.GetMergedRows() != 2 {
		t.Errorf("import is %v, %v", after, err)
	}
}

func TestAClashTellsWhoMayDecideAboutIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.cast()
	tried := func(name string) actiontest.Resource {
		r := b.tried("solidarity/PrisonerImportClash", name, func(a actiontest.Actor) (actiontest.Seen, error) {
			return familiesv1.NewPrisonerImportServiceClient(a.Conn).GetClash(t.Context(), &familiesv1.GetClashRequest{Name: name})
		})
		return r
	}
	name := b.clashing("spring")
	if may := tried(name).Check(t, all...); len(may["propose"]) != 0 || len(may["resolve"]) != 0 || len(may["read"]) == 0 {
		t.Errorf("what nobody has read allows %v", may)
	}
	for _, person := range []string{olga, egor, "staff/s_both"} {
		b.readsClash(person, name)
	}
	tried(name).Take(t, "propose", all...)
	tried(name).Check(t, all...)
	tried(name).Take(t, "resolve", all...)
	if may := tried(name).Check(t, all...); len(may) != 0 {
		t.Errorf("a resolved one allows %v", may)
	}
}

func TestWhoMergesSeesWhatChangesAndThatIsOnRecord(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	b.register("spring", []byte(header+line("1", "", "Іван Першы", "active", "1980-01-02")+line("2", "", "Пётр Другі", "active", "1985-03")))
	i, err := b.upload(b.caseworker(pavel), "spring", "", []byte(header+
		line("1", "", "Іван Першы", "former", "1980-01-02")+line("2", "", "Пётр Другі", "active", "1985-03")+line("3", "", "Ганна Трэцяя", "np", "кали-то")))
	must(t, err)
	review := func(filter string) []*familiesv1.ReadImportRow {
		t.Helper()
		page, err := b.verifier(egor).imports.ReviewPrisonerImport(ctx, &familiesv1.ReviewPrisonerImportRequest{Name: i.GetName(), Filter: filter})
		must(t, err)
		return page.GetRows()
	}
	changed := review(`change = "CHANGED"`)
	if len(changed) != 1 || changed[0].GetFacts().GetFullName() != "Іван Першы" {
		t.Fatalf("changed are %v", changed)
	}
	told := map[string]string{}
	for _, c := range changed[0].GetChanges() {
		told[c.GetField()] = c.GetBefore() + " > " + c.GetAfter()
	}
	if diff := cmp.Diff(map[string]string{"status": "ACTIVE > FORMER", "cell status": "active > former"}, told); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if unclear := review(`unclear = true`); len(unclear) != 1 || unclear[0].GetRow().GetComplaints()[0].GetReason() != "BAD_DATE" || !strings.Contains(unclear[0].GetFacts().String(), "кали-то") {
		t.Errorf("not understood are %v", unclear)
	}
	if fresh := review(`change = "NEW"`); len(fresh) != 1 || len(fresh[0].GetChanges()) != 0 {
		t.Errorf("new are %v", fresh)
	}
	if n := b.count(`SELECT count(*) FROM access_records WHERE person = $1 AND purpose = 'IMPORT'`, egor); n != 3 {
		t.Errorf("%d reads are on record", n)
	}
	// Afterwards there is nothing to see any more.
	_, err = b.verifier(egor).imports.MergePrisonerImport(ctx, &familiesv1.MergePrisonerImportRequest{Name: i.GetName()})
	must(t, err)
	_, err = b.verifier(egor).imports.ReviewPrisonerImport(ctx, &familiesv1.ReviewPrisonerImportRequest{Name: i.GetName()})
	refused(t, "review of what is merged", err, "ILLEGAL_STATE")
}

func TestReadsOfListsLeaveReadsOfFamiliesOpen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	family, name := b.family(), b.clashing("other")
	for range 60 {
		b.readsClash(olga, name)
	}
	for n := range 45 { // as many clashes as limits of a day
		if _, err := b.db.Pool.Exec(t.Context(), `
			INSERT INTO access_records (record_id, person, subject_digest, purpose, read_on, read_at)
			VALUES ('ar_' || $1::integer, $2, sha256($1::text::bytea), 'CLASH', now(), now())`, n, olga); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.caseworker(olga).families.UnsealFamily(t.Context(), &familiesv1.UnsealFamilyRequest{Name: family, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CONTACT})
	must(t, err)
}

func TestBadProposalsNameTheirField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.clashing("spring")
	b.readsClash(olga, name)
	for field, req := range map[string]*familiesv1.ProposeClashRequest{
		"decision": {Name: name},
		"rows":     {Name: name, Decision: unusable, Rows: []int32{7}},
		"prisoner": {Name: name, Decision: unusable, Prisoner: "prisoners/pr_1"},
		"name":     {Name: "clashes/1", Decision: unusable},
	} {
		_, err := b.caseworker(olga).imports.ProposeClash(t.Context(), req)
		violates(t, field, err, field)
	}
	for _, missing := range []string{"/clashes/2", "/clashes/0", "/clashes/01", "/clashes/x", "/clashes/99999999999999999999"} {
		_, err := b.caseworker(olga).imports.GetClash(t.Context(), &familiesv1.GetClashRequest{Name: strings.TrimSuffix(name, "/clashes/1") + missing})
		refused(t, missing, err, "NOT_FOUND")
	}
}
