package household_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf/leaftest"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// fewest is how many prisoners must be possible for each family.
const fewest = 10

// town is a register of a public list, and families behind some of its people.
type town struct {
	t    *testing.T
	db   *postgres.DB
	mu   sync.Mutex
	time time.Time // guarded by mu
	// behind has the truth: the prisoner of each family.
	behind map[string]string
}

func (w *town) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *town) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// newTown plays some days of a fund: a list of 40 people is brought in, and two
// caseworkers register a dozen families, each of which looks at its prisoner, has a
// member and a consent.
func newTown(t *testing.T, bare bool) *town {
	t.Helper()
	w := &town{t: t, db: postgrestest.New(t, store.Migrations()), time: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), behind: map[string]string{}}
	keys, queue := sealtest.New(t), dutytest.Queue(t)
	list := register.New(w.db, keys, queue, w.now)
	s := household.New(household.Options{Policies: leaftest.Printed{}, DB: w.db, Keys: keys, Queue: queue, Rows: rowmac.New([]byte("secret"), slog.New(slog.DiscardHandler)), Ledger: &leaftest.Ledger{}, Log: slog.New(slog.DiscardHandler), Now: w.now})
	if bare {
		w.undress()
		s.Bare()
	}
	w.bring(list)
	prisoners, err := postgres.Many(t.Context(), w.db.Pool, "prisoners", pgx.RowTo[string], `SELECT prisoner_id FROM prisoners ORDER BY prisoner_id`)
	w.must(err)
	for n := range 12 {
		w.pass(47 * time.Minute)
		scope := family.Scope{Person: fmt.Sprintf("staff/s_%d", n%2)}
		f, err := s.CreateFamily(t.Context(), household.Registration{Owner: scope.Person, PrisonerID: prisoners[n*3], Country: "LT"})
		w.must(err)
		w.behind[f.ID] = prisoners[n*3]
		w.pass(20 * time.Second)
		w.must(s.RecordPrisonerRead(t.Context(), scope.Person, prisoners[n*3]))
		w.pass(40 * time.Second)
		_, err = s.AddMember(t.Context(), scope, f.ID, family.Member{FullName: "Somebody", BirthYear: 1980})
		w.must(err)
		today := w.now().Truncate(24 * time.Hour)
		as := identity.Into(t.Context(), identity.Caller{Person: scope.Person})
		_, err = s.AddConsent(as, scope, f.ID, family.Consent{Purpose: "AID", GivenOn: today, ExpiresOn: today.AddDate(1, 0, 0)})
		w.must(err)
	}
	w.pass(30 * time.Hour)
	w.must(s.ForgetHours(t.Context(), "hours"))
	return w
}

// bring merges a list of 40 people.
func (w *town) bring(list *register.Store) {
	w.t.Helper()
	ctx := w.t.Context()
	id, _, err := list.BeginImport(ctx, register.Upload{SourceList: "spring", Importer: "staff/s_importer"})
	w.must(err)
	var rows []prisonerimport.Row
	for n := 1; n <= 40; n++ {
		facts := prisoner.Facts{FullName: strings.Repeat("а", n), BirthDate: fmt.Sprintf("%d-01-02", 1950+n)}
		facts.Cells = []prisoner.Cell{{Column: "name", Text: facts.FullName}}
		rows = append(rows, prisonerimport.Row{Number: n, SourceID: fmt.Sprint(n), Status: prisoner.Active, Facts: facts})
	}
	w.must(list.AppendRows(ctx, id, "spring", rows))
	w.must(list.StageImport(ctx, id, make([]byte, 32)))
	w.must(list.MergeImport(ctx, id, "staff/s_merger"))
	w.must(list.Merge(ctx, id))
}

// undress makes room for moments where rows keep days, and for names where they keep
// digests.
func (w *town) undress() {
	w.t.Helper()
	owner := postgrestest.Owner(w.t, w.db)
	columns, err := postgres.Many(w.t.Context(), owner.Pool, "days", pgx.RowTo[string], `
		SELECT format('ALTER TABLE %I ALTER COLUMN %I TYPE timestamptz', table_name, column_name) FROM information_schema.columns
		WHERE table_schema = 'public' AND data_type = 'date' AND column_name IN ('created_on', 'updated_on', 'read_on')`)
	w.must(err)
	for _, statement := range append(columns, `ALTER TABLE access_records DROP CONSTRAINT access_records_subject_digest_check`) {
		_, err := owner.Pool.Exec(w.t.Context(), statement)
		w.must(err)
	}
}

// dumped is what one row of a dump says.
type dumped struct {
	// ids are the families and prisoners that it names, in the clear or as bytes.
	families, prisoners []string
	// moments are its times that are finer than a day, people the staff that it names.
	moments []time.Time
	people  []string
}

// dump reads every table as somebody does who has the files and no key.
func (w *town) dump() (rows []dumped) {
	w.t.Helper()
	ctx := context.Background()
	tables, err := postgres.Many(ctx, w.db.Pool, "tables", pgx.RowTo[string], `
		SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
			AND has_table_privilege(oid, 'SELECT')`)
	w.must(err)
	for _, table := range tables {
		lines, err := postgres.Many(ctx, w.db.Pool, table, pgx.RowTo[map[string]any], `SELECT to_jsonb(t) FROM `+pgx.Identifier{table}.Sanitize()+` t`)
		w.must(err)
		for _, line := range lines {
			rows = append(rows, reading(line))
		}
	}
	return rows
}

func reading(line map[string]any) (d dumped) {
	for _, value := range line {
		text, _ := value.(string)
		if raw, ok := strings.CutPrefix(text, `\x`); ok {
			if bytes, err := hex.DecodeString(raw); err == nil {
				text = string(bytes)
			}
		}
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			if !at.Equal(at.Truncate(24 * time.Hour)) {
				d.moments = append(d.moments, at)
			}
			continue
		}
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == ' ' || r == '|' || r == '"' }) {
			switch {
			case strings.HasPrefix(word, "f_"):
				d.families = append(d.families, word)
			case strings.HasPrefix(word, "pr_"):
				d.prisoners = append(d.prisoners, word)
			case strings.HasPrefix(word, "s_"):
				d.people = append(d.people, word)
			}
		}
	}
	return d
}

// near says whether two rows were written within two minutes.
func near(a, b dumped) bool {
	for _, x := range a.moments {
		for _, y := range b.moments {
			if x.Sub(y).Abs() < 2*time.Minute {
				return true
			}
		}
	}
	return false
}

// candidates are the prisoners who may be behind a family, for all that the rows say:
// those who are named beside it, or else within two minutes of it by a row that is not
// about many at once, or else all.
func candidates(rows []dumped, familyID string) []string {
	found, all := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		for _, p := range r.prisoners {
			all[p] = true
			if slices.Contains(r.families, familyID) {
				found[p] = true
			}
		}
		if !slices.Contains(r.families, familyID) {
			continue
		}
		for _, other := range rows {
			if len(other.prisoners) == 1 && near(r, other) {
				found[other.prisoners[0]] = true
			}
		}
	}
	if len(found) == 0 {
		found = all
	}
	var list []string
	for p := range found {
		list = append(list, p)
	}
	return list
}

func TestADumpOfTheFamiliesNamesNobodysPrisoner(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	rows := w.dump()
	for id, prisonerID := range w.behind {
		if c := candidates(rows, id); len(c) < fewest || !slices.Contains(c, prisonerID) {
			t.Errorf("behind %s are %d of the list, too few", id, len(c))
		}
	}
}

// The same attacker finds every one of them where rows keep what they are told.
func TestWithoutItsCoverADumpNamesEverybody(t *testing.T) {
	t.Parallel()
	w := newTown(t, true)
	rows := w.dump()
	for id, prisonerID := range w.behind {
		if c := candidates(rows, id); !slices.Equal(c, []string{prisonerID}) {
			t.Errorf("behind %s the attacker sees %d: the test above sees nothing", id, len(c))
		}
	}
}
