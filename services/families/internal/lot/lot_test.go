package lot_test

import (
	"crypto/sha256"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// orderOf is the lot of a prisoner.
func orderOf(prisoner string) lot.Order {
	return func(person string) []byte {
		h := sha256.Sum256([]byte(prisoner + "|" + person))
		return h[:]
	}
}

var desk = lot.Awake{Verifiers: []string{"v1", "v2", "v3"}, Officers: []string{"o1", "o2"}}

func TestTheLotFallsOnVerifiersBeforeOfficers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of       lot.Case
		awake    lot.Awake
		among    []string
		standsIn bool
	}{
		"anybody":                          {lot.Case{}, desk, []string{"v1", "v2", "v3"}, false},
		"not who owns the case":            {lot.Case{Insiders: []string{"v1", "v3"}}, desk, []string{"v2"}, false},
		"who was not asked yet":            {lot.Case{Asked: []string{"v1", "v2"}}, desk, []string{"v3"}, false},
		"all were asked":                   {lot.Case{Asked: []string{"v1", "v2", "v3"}}, desk, []string{"v1", "v2", "v3"}, false},
		"not who said that it is not they": {lot.Case{Asked: []string{"v1", "v2", "v3"}, NotMe: []string{"v1", "v3"}}, desk, []string{"v2"}, false},
		"not who let one run out":          {lot.Case{Overdue: []string{"v1", "v2"}}, desk, []string{"v3"}, false},
		"an officer stands in":             {lot.Case{Insiders: []string{"v1"}, Overdue: []string{"v2"}, NotMe: []string{"v3"}}, desk, []string{"o1", "o2"}, true},
		"the officer of before":            {lot.Case{Insiders: []string{"v1", "v2", "v3"}, StoodIn: "o2"}, desk, []string{"o2"}, true},
		"another, where that one sleeps":   {lot.Case{StoodIn: "o2"}, lot.Awake{Officers: []string{"o1"}}, []string{"o1"}, true},
		"who ran out, before nobody":       {lot.Case{Overdue: []string{"v1"}}, lot.Awake{Verifiers: []string{"v1"}}, []string{"v1"}, false},
		"who said no, before nobody":       {lot.Case{NotMe: []string{"v1"}}, lot.Awake{Verifiers: []string{"v1"}}, []string{"v1"}, false},
	} {
		d, err := c.of.Draw(c.awake, orderOf("prisoner"))
		if err != nil || !slices.Contains(c.among, d.Person) || d.StandsIn != c.standsIn {
			t.Errorf("%s: drawn %+v, %v, want one of %v", name, d, err, c.among)
		}
	}
	_, err := lot.Case{Insiders: []string{"v1"}}.Draw(lot.Awake{Verifiers: []string{"v1"}}, orderOf("prisoner"))
	if !fault.Is(err, "NOBODY_AVAILABLE") {
		t.Errorf("the owner alone: %v", err)
	}
}

// TestALotFallsOncePerPrisoner tries it again and again, with the people in another
// order: registering somebody anew gives the same person. Over many prisoners it falls
// on everybody.
func TestALotFallsOncePerPrisoner(t *testing.T) {
	t.Parallel()
	fell := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		prisoner := rapid.String().Draw(t, "prisoner")
		first, err := lot.Case{}.Draw(desk, orderOf(prisoner))
		if err != nil {
			t.Fatal(err)
		}
		fell[first.Person]++
		again, err := lot.Case{}.Draw(lot.Awake{Verifiers: rapid.Permutation(desk.Verifiers).Draw(t, "people")}, orderOf(prisoner))
		if err != nil || again != first {
			t.Fatalf("drawn %v, then %v, %v", first, again, err)
		}
	})
	if len(fell) != len(desk.Verifiers) {
		t.Errorf("it fell on %v", fell)
	}
}

// TestSomebodyIsDrawnWhileAnybodyIsAwake is the law that no verification is a dead end.
func TestSomebodyIsDrawnWhileAnybodyIsAwake(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"v1", "v2", "v3", "o1", "o2"}), rapid.ID[string])
		c := lot.Case{
			Insiders: some.Draw(t, "insiders"), Asked: some.Draw(t, "asked"), NotMe: some.Draw(t, "not me"), Overdue: some.Draw(t, "overdue"),
		}
		out := func(p string) bool { return slices.Contains(c.Insiders, p) }
		outside := slices.DeleteFunc(slices.Concat(desk.Verifiers, desk.Officers), out)
		d, err := c.Draw(desk, orderOf("prisoner"))
		if (err == nil) != (len(outside) > 0) {
			t.Fatalf("outside are %v: %v", outside, err)
		}
		if err == nil && !slices.Contains(outside, d.Person) {
			t.Fatalf("%s was drawn, outside are %v", d.Person, outside)
		}
	})
}

func TestAnOfficerStandsInWhereNoVerifierIsThere(t *testing.T) {
	t.Parallel()
	nobody := lot.Awake{Officers: []string{"o1", "o2"}}
	for name, c := range map[string]struct {
		of    lot.Case
		awake lot.Awake
		why   fault.Reason
	}{
		"with verifiers":            {lot.Case{}, desk, "NOT_STANDING_IN"},
		"with none":                 {lot.Case{}, nobody, ""},
		"with the owner":            {lot.Case{Insiders: []string{"v1", "v2", "v3"}}, desk, ""},
		"with those who let it lie": {lot.Case{Overdue: []string{"v1", "v2", "v3"}}, desk, ""},
		"in a case of their own":    {lot.Case{Insiders: []string{"o1"}}, nobody, "SAME_PERSON"},
		"after another officer":     {lot.Case{StoodIn: "o2"}, nobody, "NOT_STANDING_IN"},
		"after themselves":          {lot.Case{StoodIn: "o1"}, nobody, ""},
		"after one who is asleep":   {lot.Case{StoodIn: "o3"}, nobody, ""},
	} {
		if err := c.of.MayStandIn("o1", c.awake); (c.why == "") != (err == nil) || c.why != "" && !fault.Is(err, c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}
