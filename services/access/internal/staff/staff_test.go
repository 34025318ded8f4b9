package staff_test

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// confirmed is a grant in force from noon's day on.
func confirmed(role staff.Role) staff.Grant {
	g := staff.NewGrant("s_1", role, "s_2", staff.RestDays, noon)
	g.State = staff.Confirmed
	return g
}

func TestAFrozenPersonHoldsNothingUntilTheFreezeEnds(t *testing.T) {
	t.Parallel()
	m := staff.Member{Grants: []staff.Grant{confirmed(staff.Approver)}, FrozenUntil: noon.Add(staff.FreezeTerm)}
	if got := m.Held(noon.Add(staff.FreezeTerm - time.Nanosecond)); got != nil {
		t.Errorf("the last moment of the freeze: %v", got)
	}
	if got := m.Held(noon.Add(staff.FreezeTerm)); len(got) != 1 || got[0].Role != staff.Approver {
		t.Errorf("after the freeze: %v", got)
	}
}

func TestWhatIsHeldOrProposedCountsAgainstWhatIsAsked(t *testing.T) {
	t.Parallel()
	proposed := staff.NewGrant("s_1", staff.Treasurer, "s_2", 0, noon)
	m := staff.Member{Grants: []staff.Grant{confirmed(staff.ProtectionOfficer), proposed}}
	for role, want := range map[staff.Role]string{
		staff.Caseworker: "ROLES_INCOMPATIBLE", staff.ProtectionOfficer: "ROLE_HELD", staff.Auditor: "ROLES_INCOMPATIBLE",
	} {
		if err := m.CheckFor(role, noon); !fault.Is(err, want) {
			t.Errorf("%s: %v", role, err)
		}
	}
	if err := m.CheckFor(staff.Approver, noon); err != nil {
		t.Errorf("an approver beside a treasurer: %v", err)
	}
	if err := m.CheckFor(staff.ProtectionOfficer, noon.AddDate(1, 0, 0)); err != nil {
		t.Errorf("a role that has expired: %v", err)
	}
}

func TestAGrantIsInForceFromItsFirstDayToItsLast(t *testing.T) {
	t.Parallel()
	g := confirmed(staff.Auditor)
	for at, want := range map[time.Time]bool{
		time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC): false, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC): true,
		time.Date(2027, 5, 23, 23, 59, 59, 0, time.UTC): true, time.Date(2027, 5, 24, 0, 0, 0, 0, time.UTC): false,
	} {
		if got := g.InForce(at); got != want {
			t.Errorf("at %s: %t", at, got)
		}
	}
	if staff.Day(g.RestsUntil) != "2026-12-01" {
		t.Errorf("rests until %s", staff.Day(g.RestsUntil))
	}
	g.State = staff.Proposed
	if g.InForce(noon) {
		t.Error("a proposal is in force")
	}
}

func TestOnlyAnotherPersonConfirms(t *testing.T) {
	t.Parallel()
	g := staff.NewGrant("s_1", staff.Treasurer, "s_2", 0, noon)
	if err := g.CheckConfirm("s_3", noon); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("while its leaf has not come: %v", err)
	}
	g.Leaves = []int64{7}
	for by, want := range map[string]string{"s_1": "SAME_PERSON", "s_2": "SAME_PERSON"} {
		if err := g.CheckConfirm(by, noon); !fault.Is(err, want) {
			t.Errorf("by %s: %v", by, err)
		}
	}
	if err := g.CheckConfirm("s_3", noon); err != nil {
		t.Errorf("by another: %v", err)
	}
	if err := g.CheckConfirm("s_3", noon.AddDate(1, 0, 0)); !fault.Is(err, "GRANT_EXPIRED") {
		t.Errorf("when its days are over: %v", err)
	}
	g.State = staff.Revoked
	if err := g.CheckConfirm("s_3", noon); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("when it was revoked: %v", err)
	}
}

func TestTheCommitmentFitsOneGrantOnly(t *testing.T) {
	t.Parallel()
	g := staff.NewGrant("s_1", staff.Auditor, "s_2", 0, noon)
	if len(g.Commitment()) != 32 || !bytes.Equal(g.Commitment(), g.Commitment()) {
		t.Fatal("the commitment is not 32 stable bytes")
	}
	for name, change := range map[string]func(*staff.Grant){
		"id":     func(g *staff.Grant) { g.ID = "g_other" },
		"person": func(g *staff.Grant) { g.Staff = "s_2" },
		"role":   func(g *staff.Grant) { g.Role = staff.Treasurer },
		"from":   func(g *staff.Grant) { g.From = g.From.AddDate(0, 0, 1) },
		"until":  func(g *staff.Grant) { g.Until = g.Until.AddDate(0, 0, 1) },
		"rests":  func(g *staff.Grant) { g.RestsUntil = g.RestsUntil.AddDate(0, 0, 1) },
	} {
		other := g
		change(&other)
		if bytes.Equal(g.Commitment(), other.Commitment()) {
			t.Errorf("another %s has the same commitment", name)
		}
	}
}

func TestIdentitiesAreToldApart(t *testing.T) {
	t.Parallel()
	ids := staff.NewIdentities([]byte("a secret of the test, 32 bytes.."))
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[ab]{1,4}`)
		i1, s1 := part.Draw(t, "issuer"), part.Draw(t, "subject")
		i2, s2 := part.Draw(t, "other issuer"), part.Draw(t, "other subject")
		d1, err1 := ids.Digest(i1, s1)
		d2, err2 := ids.Digest(i2, s2)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if bytes.Equal(d1, d2) != (i1 == i2 && s1 == s2) {
			t.Fatalf("(%s, %s) and (%s, %s)", i1, s1, i2, s2)
		}
	})
}

func TestAnotherKeyKnowsNobody(t *testing.T) {
	t.Parallel()
	a, _ := staff.NewIdentities([]byte("one")).Digest("https://id.example", "p")
	b, _ := staff.NewIdentities([]byte("two")).Digest("https://id.example", "p")
	if bytes.Equal(a, b) {
		t.Error("the digest does not depend on the key")
	}
}

func TestIdentitiesWithoutIssuerOrSubjectAreRefused(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, 600))
	for _, c := range []struct{ issuer, subject, field string }{
		{"", "p", "issuer"}, {long, "p", "issuer"},
		{"https://id.example", "", "subject"}, {"https://id.example", long, "subject"},
	} {
		_, err := staff.NewIdentities(nil).Digest(c.issuer, c.subject)
		if f := fault.As(err); f == nil || f.Violations[0].Field != c.field {
			t.Errorf("%d bytes and %d bytes: %v", len(c.issuer), len(c.subject), err)
		}
	}
}
