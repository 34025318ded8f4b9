package store_test

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newStore(t *testing.T) (*store.Store, *postgres.DB) {
	t.Helper()
	db := postgrestest.New(t, store.Migrations())
	return store.New(db), db
}

// digest is the identity of made-up person n.
func digest(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// person enrols made-up person n and returns the ID.
func person(t *testing.T, s *store.Store, n byte) string {
	t.Helper()
	m, err := s.ProposeStaff(t.Context(), digest(n), "", noon)
	if err == nil {
		err = s.StaffProposed(t.Context(), m, int64(n), noon)
	}
	if err != nil {
		t.Fatalf("enrol person %d: %v", n, err)
	}
	return m.ID
}

// Made-up people who propose and confirm.
const (
	proposer  = 200
	confirmer = 201
)

// grant gives made-up person n roles and returns the person's ID.
func grant(t *testing.T, s *store.Store, n byte, at time.Time, roles ...staff.Role) string {
	t.Helper()
	id, by, other := person(t, s, n), person(t, s, proposer), person(t, s, confirmer)
	for _, role := range roles {
		g, err := s.Propose(t.Context(), staff.NewGrant(id, role, by, 0, at), at)
		if err == nil {
			err = s.Proposed(t.Context(), g, 1, at)
		}
		if err == nil {
			err = s.Confirm(t.Context(), g, other, 2, true, at)
		}
		if err != nil {
			t.Fatalf("grant %v to person %d: %v", role, n, err)
		}
	}
	return id
}

func rolesOf(t *testing.T, s *store.Store, id string, at time.Time) (roles []staff.Role) {
	t.Helper()
	m, err := s.ByID(t.Context(), id, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range m.Held(at) {
		roles = append(roles, g.Role)
	}
	return roles
}

func TestAnIdentityKeepsItsPseudonym(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	first := grant(t, s, 1, noon, staff.Treasurer)
	second := grant(t, s, 1, noon.Add(time.Hour), staff.Approver)
	other := grant(t, s, 2, noon, staff.Treasurer)
	if first != second || first == other {
		t.Errorf("pseudonyms %s, %s and %s", first, second, other)
	}
	if got := rolesOf(t, s, first, noon.Add(time.Hour)); !slices.Equal(got, []staff.Role{staff.Approver, staff.Treasurer}) {
		t.Errorf("roles %v", got)
	}
}

func TestAnUnknownIdentityIsNobody(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	if _, err := s.ByIdentity(t.Context(), digest(9), noon); !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("an unknown identity: %v", err)
	}
	if _, err := s.ByID(t.Context(), "s_nobody", noon); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown person: %v", err)
	}
}

// A draft that never got its leaf hinders nobody: the next officer proposes anew.
func TestADraftWithoutALeafGivesWay(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	id, one, other := person(t, s, 1), person(t, s, 2), person(t, s, 3)
	draft, err := s.Propose(t.Context(), staff.NewGrant(id, staff.Treasurer, one, 0, noon), noon)
	if err != nil {
		t.Fatal(err)
	}
	anew, err := s.Propose(t.Context(), staff.NewGrant(id, staff.Treasurer, other, 0, noon), noon)
	if err != nil || anew.ID == draft.ID {
		t.Fatalf("%v: %v", anew, err)
	}
	if err := s.Proposed(t.Context(), anew, 1, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Propose(t.Context(), staff.NewGrant(id, staff.Treasurer, one, 0, noon), noon); !fault.Is(err, "GRANT_PENDING") {
		t.Errorf("beside a proposal: %v", err)
	}
}

// The domain refuses before the database is asked, so the last line of defence
// is tried by hand.
func TestTheDatabaseItselfRefusesWhatMayNotBeHeldTogether(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	for n, held := range staff.Roles() {
		id := grant(t, s, byte(n), noon, held)
		for _, more := range staff.Roles() {
			err := insert(t, db, id, more, noon.Add(time.Hour), true)
			if want := staff.Compatible(held, more); (err == nil) != want {
				t.Errorf("%s who becomes %s: %v", held, more, err)
			}
			if err != nil && !postgres.Violates(err, "role_grants_compatible") {
				t.Errorf("%s who becomes %s is refused otherwise: %v", held, more, err)
			}
		}
	}
}

func TestTheDatabaseItselfRefusesToConfirmForOneself(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	id, by := person(t, s, 1), person(t, s, 2)
	g, err := s.Propose(t.Context(), staff.NewGrant(id, staff.Treasurer, by, 0, noon), noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range []string{id, by} {
		_, err := db.Pool.Exec(t.Context(), `INSERT INTO grant_confirmations (grant_id, staff_id, proposer, person, sequence) VALUES ($1, $2, $3, $4, 1)`, g.ID, id, by, person)
		if !postgres.Violates(err, "grant_confirmations_other_person") {
			t.Errorf("%s confirms: %v", person, err)
		}
	}
	_, err = db.Pool.Exec(t.Context(), `UPDATE role_grants SET proposer = staff_id WHERE id = $1`, g.ID)
	if err == nil {
		t.Error("somebody proposes for themselves")
	}
}

func TestTwoGrantsAtOnceCannotSlipPastEachOther(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	for n := range byte(20) {
		id := grant(t, s, n, noon, staff.ProtectionOfficer)
		var wait sync.WaitGroup
		for _, role := range []staff.Role{staff.Caseworker, staff.Approver} {
			wait.Go(func() { _ = insert(t, db, id, role, noon, false) })
		}
		wait.Wait()
		if got := count(t, db, `SELECT count(*) FROM role_grants WHERE staff_id = $1`, id); got != 2 {
			t.Fatalf("person %d holds %d roles", n, got)
		}
	}
}

func TestAnExpiredRoleIsNotHeldAndHindersNothing(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	id := grant(t, s, 1, noon, staff.Caseworker)
	later := noon.AddDate(0, 0, staff.GrantDays+1)
	if got := rolesOf(t, s, id, later); len(got) != 0 {
		t.Errorf("after its end the grant still gives %v", got)
	}
	grant(t, s, 1, later, staff.Approver)
	if got := rolesOf(t, s, id, later); !slices.Equal(got, []staff.Role{staff.Approver}) {
		t.Errorf("roles %v", got)
	}
}

func TestASecondFreezeDoesNotLengthenTheFirst(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	a, b := grant(t, s, 1, noon, staff.Approver), grant(t, s, 2, noon, staff.Approver)
	for _, at := range []time.Time{noon, noon.Add(time.Hour)} {
		if _, err := s.Freeze(t.Context(), b, a, at); err != nil {
			t.Fatal(err)
		}
	}
	m, err := s.ByID(t.Context(), b, noon.Add(2*time.Hour))
	if err != nil || !m.FrozenUntil.Equal(noon.Add(staff.FreezeTerm)) {
		t.Errorf("frozen until %v: %v", m.FrozenUntil, err)
	}
	if owed, err := s.UnrecordedFreezes(t.Context(), noon.Add(2*time.Hour), "", 10); err != nil || len(owed) != 1 {
		t.Errorf("%d leaves are owed: %v", len(owed), err)
	}
}

func TestNobodyUnknownIsFrozen(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	a := grant(t, s, 1, noon, staff.Approver)
	if _, err := s.Freeze(t.Context(), "s_nobody", a, noon); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown person: %v", err)
	}
	if got := count(t, db, `SELECT count(*) FROM freezes`); got != 0 {
		t.Errorf("%d freezes", got)
	}
}

func TestAListGoesOnWhereThePageBeforeEnded(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	want := map[string]bool{}
	for n := range byte(5) {
		want[grant(t, s, n, noon, staff.Treasurer, staff.Approver)] = true
	}
	var after []string
	for range 20 {
		found, err := s.List(t.Context(), page.Page{Size: 1, After: after}, noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range found[:min(1, len(found))] {
			if after != nil && m.ID <= after[1] || want[m.ID] != (len(m.Grants) == 2) {
				t.Errorf("%s after %s with %d grants", m.ID, after, len(m.Grants))
			}
			delete(want, m.ID)
			after = page.At(m.Created, m.ID)
		}
	}
	if len(want) != 0 {
		t.Errorf("%d people were left out", len(want))
	}
}

// insert grants a role past the store; undo rolls it back again.
func insert(t *testing.T, db *postgres.DB, id string, role staff.Role, at time.Time, undo bool) error {
	t.Helper()
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(t.Context()))
	g := staff.NewGrant(id, role, "", 0, at)
	_, err = tx.Exec(t.Context(), `
		INSERT INTO role_grants (id, staff_id, role, state, from_day, until_day, rests_until, proposed_sequence, created_at)
		VALUES ($1, $2, $3, 'CONFIRMED', $4, $5, $6, 1, $7)`, g.ID, g.Staff, g.Role, g.From, g.Until, g.RestsUntil, g.Created)
	if err != nil || undo {
		return err
	}
	return tx.Commit(t.Context())
}

func count(t *testing.T, db *postgres.DB, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
