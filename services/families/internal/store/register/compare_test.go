package register_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// changed is a row with another text in a cell that no key is made of.
func changed(r prisonerimport.Row, status prisoner.Status) prisonerimport.Row {
	r.Status = status
	r.Facts.Cells = append([]prisoner.Cell{}, r.Facts.Cells...)
	r.Facts.Cells[len(r.Facts.Cells)-1].Text = string(status)
	return r
}

// statuses are those of all prisoners, by name.
func (d *desk) statuses() map[string]prisoner.Status {
	d.t.Helper()
	ctx := d.t.Context()
	list, err := d.store.Prisoners(ctx, page.Page{Size: 500})
	d.must(err)
	out := map[string]prisoner.Status{}
	for _, p := range list {
		_, facts, err := d.store.Prisoner(ctx, p.ID)
		d.must(err)
		out[facts.FullName] = p.Status
	}
	if len(out) != len(list) {
		d.t.Errorf("%d prisoners have %d names", len(list), len(out))
	}
	return out
}

func TestAListWithoutIdsIsRecognisedAMonthLater(t *testing.T) {
	t.Parallel()
	d := newDesk(t)

	// Given a list of two without ids, merged in May,
	first, second := unnumbered(1), unnumbered(2)
	d.merged(first, second)

	// when one is released by June, and the order of names and the case have changed,
	first = changed(first, prisoner.Former)
	first.Facts.FullName = "  " + strings.ToUpper(word(1)) + ",  Прыдуманы"
	first.Number, second.Number = 2, 1
	i := d.merged(second, first)

	// then it is the same two, of whom one has changed.
	if c := i.Counts; c.New != 0 || c.Changed != 1 || c.Unchanged != 1 || c.Vanished != 0 || c.HeldBack != 0 {
		t.Errorf("counts are %+v", c)
	}
	if got := d.statuses(); len(got) != 2 || got[first.Facts.FullName] != prisoner.Former {
		t.Errorf("prisoners are %v", got)
	}
}

// What may be somebody whom the list had before is held back: never a second prisoner,
// behind whom a second family could stand.
func TestARowThatMayBeAboutAKnownPersonIsHeldBack(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(r *prisonerimport.Row){
		"the birth date is corrected": func(r *prisonerimport.Row) { r.Facts.BirthDate = "1969-01-30" },
		"the birth date is cut":       func(r *prisonerimport.Row) { r.Facts.BirthDate = r.Facts.BirthDate[:4] },
		"the birth date is lost":      func(r *prisonerimport.Row) { r.Facts.BirthDate = "" },
		"the name is respelled":       func(r *prisonerimport.Row) { r.Facts.FullName = "Vydumany Inaksz" },
		"an id is given":              func(r *prisonerimport.Row) { r.SourceID = "77" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.merged(unnumbered(1), unnumbered(2))
			row := changed(unnumbered(1), prisoner.Former)
			spoil(&row)
			row.Number = 1
			other := unnumbered(2)
			other.Number = 2
			i := d.merged(row, other)
			if i.Counts.HeldBack != 1 || i.Counts.Merged != 1 {
				t.Errorf("counts are %+v", i.Counts)
			}
			if n := d.count(`SELECT count(*) FROM prisoners`); n != 2 {
				t.Errorf("%d prisoners, want the two of before", n)
			}
			rows, err := d.store.ImportRows(t.Context(), i.ID, page.Page{Size: 10, Filter: `held_back = true`})
			d.must(err)
			if len(rows) != 1 || len(rows[0].Complaints) != 1 || rows[0].Complaints[0] != (prisonerimport.Complaint{Reason: string(prisonerimport.MayBeKnown), Blocking: true}) {
				t.Errorf("held back are %+v", rows)
			}
		})
	}
}

func TestANamesakeOfSomebodyWhoIsStillThereIsNew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.merged(unnumbered(1), unnumbered(2))

	// A namesake with another birth date, and somebody born and detained on the days of
	// another, while both of those are still in the list.
	namesake, contemporary := unnumbered(1), unnumbered(4)
	namesake.Number, namesake.Facts.BirthDate = 3, "2001-02-03"
	contemporary.Facts.BirthDate = unnumbered(2).Facts.BirthDate
	i := d.merged(unnumbered(1), unnumbered(2), namesake, contemporary)
	if c := i.Counts; c.New != 2 || c.Unchanged != 2 || c.HeldBack != 0 || c.Merged != 4 {
		t.Errorf("counts are %+v", c)
	}
}

func TestANewPersonBesideOneWhoVanishedIsNew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.merged(known(1), known(2))
	i := d.merged(known(2), known(3))
	if c := i.Counts; c.New != 1 || c.Unchanged != 1 || c.Vanished != 1 || c.HeldBack != 0 {
		t.Errorf("counts are %+v", c)
	}
	if n := d.count(`SELECT count(*) FROM prisoners`); n != 3 {
		t.Errorf("%d prisoners: a vanished row is no release", n)
	}
}

func TestWithoutABirthDateTheDetentionTellsWhoItIs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	row := unnumbered(1)
	row.Facts.BirthDate = ""
	d.merged(row)
	if i := d.merged(changed(row, prisoner.Former)); i.Counts.Changed != 1 || i.Counts.HeldBack != 0 {
		t.Errorf("counts are %+v", i.Counts)
	}
}

func TestOnePersonTwiceInAListWithoutIdsIsHeldBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	again := changed(unnumbered(1), prisoner.Former)
	again.Number = 2
	i := d.merged(unnumbered(1), again)
	if i.Counts.HeldBack != 2 || i.Counts.Merged != 0 {
		t.Errorf("counts are %+v", i.Counts)
	}
	clashes, err := d.store.ImportClashes(t.Context(), i.ID, page.Page{Size: 10})
	d.must(err)
	kinds := map[prisonerimport.ClashKind]int{}
	for _, c := range clashes {
		kinds[c.Kind] = len(c.Rows)
	}
	if kinds[prisonerimport.SameID] != 2 || kinds[prisonerimport.SameNameAndBirth] != 2 {
		t.Errorf("clashes are %v", clashes)
	}
}

// Two lists know nothing of each other: a name in one is none in another.
func TestDigestsOfTwoListsHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	d.merged(unnumbered(1))
	id, _, err := d.store.BeginImport(ctx, register.Upload{SourceList: "autumn", Importer: importer})
	d.must(err)
	d.must(d.store.AppendRows(ctx, id, "autumn", []prisonerimport.Row{unnumbered(1)}))
	d.must(d.store.StageImport(ctx, id, make([]byte, 32)))
	if i, err := d.store.Import(ctx, id); err != nil || i.Counts.New != 1 || i.Counts.HeldBack != 0 {
		t.Errorf("counts are %+v, %v", i.Counts, err)
	}
	if n := d.count(`
		SELECT count(*) FROM prisoner_import_rows a JOIN prisoner_import_rows b ON a.import_id < b.import_id AND (
			a.row_digest = b.row_digest OR a.person_digest = b.person_digest OR a.name_digest = b.name_digest
			OR a.dates_digest = b.dates_digest OR a.source_digest = b.source_digest)`); n != 0 {
		t.Errorf("%d rows of two lists can be told to be one person's", n)
	}
}
