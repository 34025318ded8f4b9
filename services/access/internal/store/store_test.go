package store_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newStore(t *testing.T) (*store.Store, *postgres.DB) {
	t.Helper()
	db := postgrestest.New(t, store.Migrations())
	return store.New(db, dutytest.Queue(t)), db
}

// digest is the identity of made-up person n.
func digest(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// grant enrols made-up person n with roles and returns the person's ID.
func grant(t *testing.T, s *store.Store, n byte, at time.Time, roles ...staff.Role) string {
	t.Helper()
	id, err := s.GrantUnasked(t.Context(), digest(n), roles, at)
	if err != nil {
		t.Fatalf("grant %v to person %d: %v", roles, n, err)
	}
	return id
}

func rolesOf(t *testing.T, s *store.Store, id string, at time.Time) []staff.Role {
	t.Helper()
	m, err := s.ByID(t.Context(), id, at)
	if err != nil {
		t.Fatal(err)
	}
	return m.Roles(at)
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
	if diff := cmp.Diff([]staff.Role{staff.Approver, staff.Treasurer}, rolesOf(t, s, first, noon.Add(time.Hour))); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
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

func TestARoleHeldIsNotGrantedAgain(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	grant(t, s, 1, noon, staff.Treasurer)
	grant(t, s, 1, noon.Add(time.Hour), staff.Treasurer)
	if got := count(t, db, `SELECT count(*) FROM role_grants`); got != 1 {
		t.Errorf("%d grants", got)
	}
}

func TestEachGrantOwesTheLedgerItsDecision(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	id := grant(t, s, 1, noon, staff.Treasurer, staff.Approver)
	got := count(t, db, `
		SELECT count(*) FROM owed_decisions
		WHERE kind = 'GRANT_CONFIRMED' AND person = $1 AND resource LIKE $1 || '/grants/g_%'`, resource.Staff.Of(id))
	if got != 2 {
		t.Errorf("%d decisions are owed", got)
	}
}

func TestRefusedRolesLeaveNothing(t *testing.T) {
	t.Parallel()
	s, db := newStore(t)
	_, err := s.GrantUnasked(t.Context(), digest(1), []staff.Role{staff.Treasurer, staff.Caseworker, staff.Approver}, noon)
	if !fault.Is(err, "ROLES_INCOMPATIBLE") {
		t.Fatalf("caseworker and approver: %v", err)
	}
	if got := count(t, db, `SELECT (SELECT count(*) FROM staff) + (SELECT count(*) FROM role_grants) + (SELECT count(*) FROM owed_decisions)`); got != 0 {
		t.Errorf("%d rows are left", got)
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
			if want := held != more && staff.Compatible(held, more); (err == nil) != want {
				t.Errorf("%s who becomes %s: %v", held, more, err)
			}
			if err != nil && !postgres.Violates(err, "role_grants_compatible") {
				t.Errorf("%s who becomes %s is refused otherwise: %v", held, more, err)
			}
		}
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
	later := noon.Add(staff.GrantTerm)
	if got := rolesOf(t, s, id, later); len(got) != 0 {
		t.Errorf("after its end the grant still gives %v", got)
	}
	grant(t, s, 1, later, staff.Approver)
	if diff := cmp.Diff([]staff.Role{staff.Approver}, rolesOf(t, s, id, later)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

func TestOnlyHoldersWhoAreNotFrozenCanBeDrawn(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	a := grant(t, s, 1, noon, staff.Approver)
	b := grant(t, s, 2, noon, staff.Approver)
	grant(t, s, 3, noon, staff.Caseworker)
	if _, err := s.Freeze(t.Context(), b, a, noon); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time][]string{noon: {a}, noon.Add(staff.GrantTerm): {}} {
		got, err := s.Holding(t.Context(), staff.Approver, at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at %v (-want +got):\n%s", at, diff)
		}
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
	after := ""
	for range 3 {
		found, err := s.List(t.Context(), page.Page{Size: 1, After: []string{after}}, noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range found {
			if m.ID <= after || !want[m.ID] || len(m.Grants) != 2 {
				t.Errorf("%s after %s with %d grants", m.ID, after, len(m.Grants))
			}
			delete(want, m.ID)
			after = m.ID
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
	g := staff.NewGrant(id, role, at)
	_, err = tx.Exec(t.Context(), `
		INSERT INTO role_grants (id, staff_id, role, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5)`, g.ID, g.Staff, g.Role, g.Created, g.Expires)
	if err != nil || undo {
		return err
	}
	return errors.Join(tx.Commit(t.Context()))
}

func count(t *testing.T, db *postgres.DB, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
