package staff_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestAFrozenPersonHasNoRolesUntilTheFreezeEnds(t *testing.T) {
	t.Parallel()
	m := staff.Member{
		Grants:      []staff.Grant{staff.NewGrant("s_1", staff.Approver, noon)},
		FrozenUntil: noon.Add(staff.FreezeTerm),
	}
	if got := m.Roles(noon.Add(staff.FreezeTerm - time.Nanosecond)); got != nil {
		t.Errorf("the last moment of the freeze: %v", got)
	}
	if diff := cmp.Diff([]staff.Role{staff.Approver}, m.Roles(noon.Add(staff.FreezeTerm))); diff != "" {
		t.Errorf("after the freeze (-want +got):\n%s", diff)
	}
}

func TestOnlyLackingRolesAreGrantedAndEachOnce(t *testing.T) {
	t.Parallel()
	m := staff.Member{Grants: []staff.Grant{staff.NewGrant("s_1", staff.Treasurer, noon)}}
	got, err := m.Lacking([]staff.Role{staff.Approver, staff.Treasurer, staff.Approver})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]staff.Role{staff.Approver}, got); diff != "" {
		t.Errorf("lacking (-want +got):\n%s", diff)
	}
}

func TestWhatIsHeldCountsAgainstWhatIsAsked(t *testing.T) {
	t.Parallel()
	m := staff.Member{Grants: []staff.Grant{staff.NewGrant("s_1", staff.Caseworker, noon)}}
	if _, err := m.Lacking([]staff.Role{staff.Approver}); !fault.Is(err, "ROLES_INCOMPATIBLE") {
		t.Errorf("a caseworker may become approver: %v", err)
	}
}

func TestAGrantLasts180Days(t *testing.T) {
	t.Parallel()
	g := staff.NewGrant("s_1", staff.Auditor, noon)
	if want := time.Date(2027, 5, 23, 12, 0, 0, 0, time.UTC); !g.Expires.Equal(want) {
		t.Errorf("expires %v, not %v", g.Expires, want)
	}
}

func TestTheCommitmentFitsOneGrantOnly(t *testing.T) {
	t.Parallel()
	g := staff.NewGrant("s_1", staff.Auditor, noon)
	if len(g.Commitment()) != 32 || !bytes.Equal(g.Commitment(), g.Commitment()) {
		t.Fatal("the commitment is not 32 stable bytes")
	}
	for name, change := range map[string]func(*staff.Grant){
		"id":      func(g *staff.Grant) { g.ID = "g_other" },
		"person":  func(g *staff.Grant) { g.Staff = "s_2" },
		"role":    func(g *staff.Grant) { g.Role = staff.Treasurer },
		"created": func(g *staff.Grant) { g.Created = g.Created.Add(time.Second) },
		"expires": func(g *staff.Grant) { g.Expires = g.Expires.Add(time.Second) },
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
