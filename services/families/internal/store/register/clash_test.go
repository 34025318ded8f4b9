package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Two people decide about clashes.
const (
	proposer = "staff/s_proposer"
	resolver = "staff/s_resolver"
)

// clashOf is the clash of a kind.
func (d *desk) clashOf(id string, kind prisonerimport.ClashKind) prisonerimport.Clash {
	d.t.Helper()
	clashes, err := d.store.ImportClashes(d.t.Context(), id, page.Page{Size: 100})
	d.must(err)
	at := slices.IndexFunc(clashes, func(c prisonerimport.Clash) bool { return c.Kind == kind })
	if at < 0 {
		d.t.Fatalf("no clash %s among %+v", kind, clashes)
	}
	return clashes[at]
}

// decides lets two people decide about a clash.
func (d *desk) decides(c prisonerimport.Clash, p register.Proposal) error {
	d.t.Helper()
	ctx := d.t.Context()
	for _, person := range []string{proposer, resolver} {
		_, err := d.store.ReadClash(ctx, person, c.ImportID, c.Number)
		d.must(err)
	}
	p.Person, p.ImportID, p.Number = proposer, c.ImportID, c.Number
	if err := d.store.ProposeClash(ctx, p); err != nil {
		return err
	}
	return d.store.ResolveClash(ctx, resolver, c.ImportID, c.Number, "")
}

func (d *desk) prisoners() int { d.t.Helper(); return d.count(`SELECT count(*) FROM prisoners`) }

// twins are two rows with one name and birth date under two ids.
func twins() (first, second prisonerimport.Row) {
	first, second = known(1), known(1)
	second.Number, second.SourceID = 2, "2"
	return first, second
}

func TestEachDecisionIsAWayOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		decision prisonerimport.Decision
		people   int
	}{
		"one person":  {prisonerimport.SamePerson, 1},
		"two persons": {prisonerimport.AnotherPerson, 2},
		"nobody":      {prisonerimport.Unusable, 0},
	} {
		for when, merged := range map[string]bool{"before the merge": false, "after it": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				ctx, d := t.Context(), newDesk(t)
				first, second := twins()
				id := d.staged(first, second, known(3))
				merge := func() {
					d.must(d.store.MergeImport(ctx, id, merger))
					d.must(d.store.Merge(ctx, id))
				}
				if merged {
					merge()
				}
				d.must(d.decides(d.clashOf(id, prisonerimport.SameNameAndBirth), register.Proposal{Decision: test.decision}))
				if !merged {
					merge()
				}
				i, err := d.store.Import(ctx, id)
				d.must(err)
				if got := d.prisoners(); got != test.people+1 || i.Counts.HeldBack != 0 || i.Counts.Merged != got {
					t.Errorf("%d prisoners, counts %+v", got, i.Counts)
				}
				d.drain()
				if d.count(`SELECT count(*) FROM prisoner_import_rows WHERE sealed IS NOT NULL OR label_sealed IS NOT NULL`) != 0 {
					t.Error("cells of decided rows are kept")
				}
				if _, err := d.keys.Digest(ctx, seal.HeldBack(id), "test", nil); !fault.Is(err, "ERASED") {
					t.Errorf("the key of what was held back lives: %v", err)
				}

				// What was decided holds for the next file.
				next := d.merged(first, second, known(3))
				if next.Counts.HeldBack != 0 || next.Counts.New != 0 || d.prisoners() != test.people+1 {
					t.Errorf("the next file: %+v", next.Counts)
				}
			})
		}
	}
}

func TestADecisionTakesTwoWhoHaveSeen(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	first, second := twins()
	c := d.clashOf(d.staged(first, second), prisonerimport.SameNameAndBirth)
	propose := func(person string) error {
		return d.store.ProposeClash(ctx, register.Proposal{Person: person, ImportID: c.ImportID, Number: c.Number, Decision: prisonerimport.SamePerson})
	}
	resolve := func(person, etag string) error {
		return d.store.ResolveClash(ctx, person, c.ImportID, c.Number, etag)
	}
	refused := func(what string, err error, reason string) {
		t.Helper()
		if !fault.Is(err, reason) {
			t.Errorf("%s: %v, want %s", what, err, reason)
		}
	}
	read := func(person string) {
		_, err := d.store.ReadClash(ctx, person, c.ImportID, c.Number)
		d.must(err)
	}
	refused("proposed unseen", propose(proposer), "NOT_SEEN")
	read(proposer)
	refused("resolved before it is proposed", resolve(resolver, ""), "ILLEGAL_STATE")
	d.must(propose(proposer))
	refused("resolved by who proposed", resolve(proposer, ""), "SAME_PERSON")
	refused("resolved unseen", resolve(resolver, ""), "NOT_SEEN")
	read(resolver)
	d.pass(4 * 24 * time.Hour)
	refused("seen four days ago", resolve(resolver, ""), "NOT_SEEN")
	read(resolver)
	read(proposer)
	d.must(propose(proposer)) // again, so that the version moves
	refused("another proposal than was read", resolve(resolver, "v2"), "ETAG_MISMATCH")
	d.must(resolve(resolver, "v3"))
	refused("resolved twice", resolve(resolver, ""), "ILLEGAL_STATE")
	if _, err := d.store.ReadClash(ctx, resolver, c.ImportID, c.Number); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("a resolved clash is read: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM access_records WHERE purpose = 'CLASH'`); n != 4 {
		t.Errorf("%d reads are on record, want 4", n)
	}
}

func TestAWrongProposalNamesItsField(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	d.merged(known(5))
	first, second := twins()
	other := known(9)
	other.Number, other.Anonymous = 9, true
	id := d.staged(first, second, other)
	c, single := d.clashOf(id, prisonerimport.SameNameAndBirth), d.clashOf(id, prisonerimport.Anonymous)
	for name, test := range map[string]struct {
		clash prisonerimport.Clash
		p     register.Proposal
		field string
	}{
		"a row of another clash": {c, register.Proposal{Decision: prisonerimport.Unusable, Rows: []int{9}}, "rows"},
		"a row twice":            {c, register.Proposal{Decision: prisonerimport.Unusable, Rows: []int{1, 1}}, "rows"},
		"a prisoner nobody has":  {c, register.Proposal{Decision: prisonerimport.SamePerson, PrisonerID: "pr_none"}, "prisoner"},
		"nobody is the same":     {c, register.Proposal{Decision: prisonerimport.AnotherPerson, PrisonerID: "pr_none"}, "prisoner"},
		"the same as whom":       {single, register.Proposal{Decision: prisonerimport.SamePerson}, "prisoner"},
	} {
		err := d.decides(test.clash, test.p)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != test.field {
			t.Errorf("%s: %v, want a violation of %s", name, err, test.field)
		}
	}
	if _, err := d.store.Clash(ctx, id, 77); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("a clash that is not there: %v", err)
	}
}

func TestAnIdThatBearsAnotherNameIsHeldBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil    func(r *prisonerimport.Row)
		decision prisonerimport.Decision
		people   int
		former   prisoner.Status // of who had the id
	}{
		"respelled":         {func(r *prisonerimport.Row) { r.Facts.FullName = "Vydumany Adzin" }, prisonerimport.SamePerson, 1, prisoner.Former},
		"somebody else":     {func(r *prisonerimport.Row) { r.Facts.FullName = "Vydumany Inaksz" }, prisonerimport.AnotherPerson, 2, prisoner.Active},
		"a namesake":        {func(r *prisonerimport.Row) { r.Facts.BirthDate = "2001-01-01" }, prisonerimport.AnotherPerson, 2, prisoner.Active},
		"the name withheld": {func(r *prisonerimport.Row) { r.Anonymous, r.Facts.FullName = true, "Citizen K." }, prisonerimport.Unusable, 1, prisoner.Active},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.merged(known(1))
			before, err := d.store.Prisoners(t.Context(), page.Page{Size: 10})
			d.must(err)
			row := changed(known(1), prisoner.Former)
			test.spoil(&row)
			i := d.merged(row)
			if i.Counts.HeldBack != 1 || i.Counts.Merged != 0 {
				t.Fatalf("counts are %+v", i.Counts)
			}
			c := d.clashOf(i.ID, prisonerimport.OtherPerson)
			content, err := d.store.ReadClash(t.Context(), resolver, c.ImportID, c.Number)
			d.must(err)
			if len(content.Known) != 1 || content.Known[0].ID != before[0].ID || len(content.Rows) != 1 || len(content.Rows[0].Changes) < 2 {
				t.Errorf("who decides sees %+v", content)
			}
			d.must(d.decides(c, register.Proposal{Decision: test.decision}))
			if got := d.prisoners(); got != test.people {
				t.Errorf("%d prisoners", got)
			}
			after, _, err := d.store.Prisoner(t.Context(), before[0].ID)
			if err != nil || after.Status != test.former {
				t.Errorf("who had the id is %v, %v", after.Status, err)
			}
			// The same file again says nothing new.
			if next := d.merged(row); next.Counts.HeldBack != 0 || d.prisoners() != test.people {
				t.Errorf("the next file: %+v", next.Counts)
			}
		})
	}
}

// A row that may be somebody known is told to be them: then their next row is found by
// the new id.
func TestSomebodyKnownIsFoundByTheNewId(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.merged(known(1), known(2))
	before := d.statuses()
	row := changed(known(1), prisoner.Former)
	row.SourceID = "77"
	i := d.merged(row, known(2))
	c := d.clashOf(i.ID, prisonerimport.MayBeKnown)
	content, err := d.store.ReadClash(t.Context(), proposer, c.ImportID, c.Number)
	d.must(err)
	if len(content.Known) != 1 {
		t.Fatalf("%d are known", len(content.Known))
	}
	d.must(d.decides(c, register.Proposal{Decision: prisonerimport.SamePerson, PrisonerID: content.Known[0].ID}))
	if got := d.statuses(); len(got) != len(before) || got[row.Facts.FullName] != prisoner.Former {
		t.Errorf("prisoners are %v", got)
	}
	row.Facts.DetentionDate = "2022-02-02" // so that nothing but the id tells who it is
	row.Facts.Cells = append([]prisoner.Cell{{Column: "x", Text: "y"}}, row.Facts.Cells...)
	if next := d.merged(row, known(2)); next.Counts.HeldBack != 0 || next.Counts.Changed != 1 || next.Counts.Vanished != 0 {
		t.Errorf("the next file: %+v", next.Counts)
	}
}

func TestAnUnknownBirthDateSwitchesNoCheckOff(t *testing.T) {
	t.Parallel()
	for name, birth := range map[string]string{"unreadable": "", "of a year": "1951", "of a month": "1951-02", "known": "1951-02-11"} {
		d := newDesk(t)
		d.merged(known(1))
		row := known(1)
		row.Number, row.SourceID, row.Facts.BirthDate = 2, "2", birth
		if i := d.merged(known(1), row); i.Counts.HeldBack != 1 || d.prisoners() != 1 {
			t.Errorf("%s, beside the known one: %+v", name, i.Counts)
		}
		// Nor where the known one vanished long ago.
		d.merged(known(5))
		row.Facts.DetentionDate = "2019-09-09"
		if i := d.merged(known(5), row); i.Counts.HeldBack != 1 || d.prisoners() != 2 {
			t.Errorf("%s, after the known one: %+v", name, i.Counts)
		}
	}
}

func TestAnAddressOfBeforeHoldsBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, other := known(1), known(2)
	first.URL, other.URL = "https://list.example/1", "https://list.example/1/"
	d.merged(first)
	first.URL = "https://list.example/new"
	if i := d.merged(first, other); i.Counts.HeldBack != 1 || i.Counts.Merged != 1 {
		t.Errorf("counts are %+v", i.Counts)
	}
}

// Whoever is known by their id goes on while somebody new clashes with them.
func TestOnlyWhoIsNewIsHeldBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.merged(known(1))
	_, second := twins()
	i := d.merged(changed(known(1), prisoner.Former), second)
	if i.Counts.HeldBack != 1 || i.Counts.Changed != 1 {
		t.Fatalf("counts are %+v", i.Counts)
	}
	c := d.clashOf(i.ID, prisonerimport.SameNameAndBirth)
	if len(c.Rows) != 2 {
		t.Errorf("the clash names rows %v", c.Rows)
	}
	// The same person twice in a file: what their own row says holds.
	content, err := d.store.ReadClash(t.Context(), proposer, c.ImportID, c.Number)
	d.must(err)
	d.must(d.decides(c, register.Proposal{Decision: prisonerimport.SamePerson, PrisonerID: content.Known[0].ID}))
	next := d.merged(changed(known(1), prisoner.Former), second)
	if got := d.statuses(); len(got) != 1 || got[known(1).Facts.FullName] != prisoner.Former || next.Counts.HeldBack != 0 {
		t.Errorf("prisoners %v, counts %+v", got, next.Counts)
	}
}

func TestALaterFileSupersedesWhatNobodyDecided(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	first, second := twins()
	earlier := d.merged(first, second)
	later := d.merged(first, second)
	d.drain()
	old, now := d.clashOf(earlier.ID, prisonerimport.SameNameAndBirth), d.clashOf(later.ID, prisonerimport.SameNameAndBirth)
	if old.State != prisonerimport.Superseded || now.State != prisonerimport.Open {
		t.Errorf("the earlier is %s, the later %s", old.State, now.State)
	}
	if _, err := d.store.ReadClash(ctx, proposer, old.ImportID, old.Number); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("a superseded clash is read: %v", err)
	}
	for id, erased := range map[string]bool{earlier.ID: true, later.ID: false} {
		if _, err := d.keys.Digest(ctx, seal.HeldBack(id), "test", nil); fault.Is(err, "ERASED") != erased {
			t.Errorf("key of what import %s holds back: %v", id, err)
		}
	}
	d.must(d.decides(now, register.Proposal{Decision: prisonerimport.AnotherPerson}))
}

// Rows are in several clashes; what is decided in one is decided in all, and a proposal
// that somebody else's decision has overtaken decides nothing.
func TestARowIsDecidedOnce(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	first, second := twins()
	first.URL, second.URL = "https://list.example/1", "https://list.example/1"
	third := known(3)
	third.URL = first.URL
	id := d.staged(first, second, third)
	name, address := d.clashOf(id, prisonerimport.SameNameAndBirth), d.clashOf(id, prisonerimport.SharedURL)
	for _, person := range []string{proposer, resolver} {
		_, err := d.store.ReadClash(ctx, person, id, address.Number)
		d.must(err)
	}
	propose := func() {
		d.must(d.store.ProposeClash(ctx, register.Proposal{Person: proposer, ImportID: id, Number: address.Number, Decision: prisonerimport.AnotherPerson}))
	}
	propose()
	d.must(d.decides(name, register.Proposal{Decision: prisonerimport.SamePerson}))
	if got := d.clashOf(id, prisonerimport.SharedURL); got.State != prisonerimport.Open {
		t.Errorf("the overtaken proposal is %s", got.State)
	}
	propose() // about the third row alone
	d.must(d.store.ResolveClash(ctx, resolver, id, address.Number, ""))
	if got := d.clashOf(id, prisonerimport.SharedURL); got.State != prisonerimport.Resolved || d.prisoners() != 2 {
		t.Errorf("%s, %d prisoners", got.State, d.prisoners())
	}
}

// Two people who resolve at once, and a merge meanwhile: each row becomes one prisoner.
func TestClashesAreDecidedOnceByManyAtOnce(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), newDesk(t)
	first, second := twins()
	id := d.staged(first, second, known(3))
	c := d.clashOf(id, prisonerimport.SameNameAndBirth)
	for _, person := range []string{proposer, resolver} {
		_, err := d.store.ReadClash(ctx, person, id, c.Number)
		d.must(err)
	}
	d.must(d.store.ProposeClash(ctx, register.Proposal{Person: proposer, ImportID: id, Number: c.Number, Decision: prisonerimport.AnotherPerson}))
	done := make(chan error)
	for range 4 {
		go func() { done <- d.store.ResolveClash(ctx, resolver, id, c.Number, "") }()
	}
	succeeded := 0
	for range 4 {
		if err := <-done; err == nil {
			succeeded++
		} else if fault.As(err) == nil {
			t.Errorf("refused without a reason: %v", err)
		}
	}
	if succeeded != 1 || d.prisoners() != 2 {
		t.Errorf("%d resolved, %d prisoners", succeeded, d.prisoners())
	}
}
