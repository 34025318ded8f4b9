package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
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
		if got := len(resp.GetFamilies()) > 0; got != want {
			t.Errorf("%s had a part: %t", person, got)
		}
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
