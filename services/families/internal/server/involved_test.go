package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// involved are those of the people who had a hand in a family's case.
func (b *bench) involved(family string, people ...string) (in []string) {
	b.t.Helper()
	for _, person := range people {
		resp, err := b.disbursements().release.ListInvolvedFamilies(b.t.Context(), &familiesv1.ListInvolvedFamiliesRequest{
			People: []string{person}, Families: []string{family, "families/f_00000000000000000000000000"},
		})
		must(b.t, err)
		if slices.Equal(resp.GetFamilies(), []string{family}) {
			in = append(in, person)
		}
	}
	return in
}

func TestWhoOwnsOrConfirmedIsInvolvedForNinetyDays(t *testing.T) {
	t.Parallel()
	// Given a family that dina verified, and whose account egor confirmed,
	b := newBench(t)
	name := b.verified()
	all := []string{olga, dina, egor, pavel, vera}
	if in := b.involved(name, all...); !slices.Equal(in, []string{olga, dina, egor}) {
		t.Errorf("involved are %v", in)
	}
	// when 89 days pass, then they still are,
	b.clock.pass(89 * 24 * time.Hour)
	if in := b.involved(name, all...); !slices.Equal(in, []string{olga, dina, egor}) {
		t.Errorf("after 89 days involved are %v", in)
	}
	// and after one more day its owner is alone.
	b.clock.pass(24 * time.Hour)
	if in := b.involved(name, all...); !slices.Equal(in, []string{olga}) {
		t.Errorf("after 90 days involved are %v", in)
	}
}

// Who looks at a family for others must never have had a part in its case.
func TestWhoHadAnyPartInACaseIsKnownForEver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.verified()
	b.clock.pass(200 * 24 * time.Hour)
	for person, want := range map[string]bool{olga: true, dina: true, egor: true, pavel: false, vera: false} {
		resp, err := b.disbursements().release.ListInvolvedFamilies(t.Context(), &familiesv1.ListInvolvedFamiliesRequest{
			People: []string{person}, Families: []string{name}, Ever: true,
		})
		must(t, err)
		if outside := len(resp.GetOutside()) > 0; outside != (person == dina || person == egor) {
			t.Errorf("%s only confirmed: %t", person, outside)
		}
		if got := len(resp.GetFamilies()) > 0; got != want {
			t.Errorf("%s had a part: %t", person, got)
		}
	}
}

// onlyStoodIn reports whether all that people did in a family's case was to stand in.
func (b *bench) onlyStoodIn(family string, people ...string) bool {
	b.t.Helper()
	resp, err := b.disbursements().release.ListInvolvedFamilies(b.t.Context(), &familiesv1.ListInvolvedFamiliesRequest{
		People: people, Families: []string{family},
	})
	must(b.t, err)
	return slices.Equal(resp.GetStoodIn(), []string{family})
}

// TestWhoOnlyStoodInIsToldApart has an officer confirm in the place of a verifier.
func TestWhoOnlyStoodInIsToldApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.verified()
	b.team.wakes(dina)
	b.team.wakes(olga, policyv1.Role_ROLE_CASEWORKER, verifierRole)
	// Given that an officer may stand in, and has not confirmed anything,
	contact := &familiesv1.ConfirmContactRequest{Name: b.contactOf(name), SpokenWithFamily: true}
	if b.onlyStoodIn(name, vera) {
		t.Error("vera stood in before she did")
	}
	// when they confirm, then that is all they did,
	_, err := b.confirmsContact(b.as(vera, officerRole), contact)
	must(t, err)
	for _, test := range []struct {
		people []string
		want   bool
	}{{[]string{vera}, true}, {[]string{vera, pavel}, true}, {[]string{vera, olga}, false}, {[]string{vera, dina}, false}, {[]string{dina}, false}} {
		if got := b.onlyStoodIn(name, test.people...); got != test.want {
			t.Errorf("%v only stood in: %t", test.people, got)
		}
	}
	// as long as they are involved,
	if in := b.involved(name, vera); !slices.Equal(in, []string{vera}) {
		t.Errorf("involved are %v", in)
	}
	// and not where they confirmed something in another role.
	_, err = b.db.Pool.Exec(t.Context(), `UPDATE case_parts SET part = 'CONFIRMER' WHERE person = $1 AND part = 'STAND_IN'`, vera)
	must(t, err)
	if b.onlyStoodIn(name, vera) {
		t.Error("who confirmed as well only stood in")
	}
}

func TestAQuestionForTheInvolvedIsCheckedByField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	for field, req := range map[string]*familiesv1.ListInvolvedFamiliesRequest{
		"people":      {Families: []string{name}},
		"people[0]":   {Families: []string{name}, People: []string{name}},
		"families":    {People: []string{olga}},
		"families[1]": {People: []string{olga}, Families: []string{name, olga}},
	} {
		_, err := b.disbursements().release.ListInvolvedFamilies(t.Context(), req)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
