package family_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
)

func TestMuchThatGoesTogetherIsLookedAt(t *testing.T) {
	t.Parallel()
	paid := func(name string, euros int64, owner, prisoner string, places ...string) family.Paid {
		return family.Paid{Family: name, Minor: euros * 100, Owner: owner, Prisoner: prisoner, Places: places, OfPlan: true}
	}
	before := func(p family.Paid) family.Paid {
		p.OfPlan = false
		return p
	}
	many := func(n int, euros int64) (list []family.Paid) {
		for i := range n {
			list = append(list, paid(fmt.Sprintf("f%02d", i), euros+int64(i), "olga", fmt.Sprint(i), fmt.Sprint(i)))
		}
		return list
	}
	for name, test := range map[string]struct {
		list []family.Paid
		want []string
	}{
		"little":                             {[]family.Paid{paid("a", 1000, "olga", "1", "x"), paid("b", 900, "olga", "2", "y")}, nil},
		"much to one":                        {[]family.Paid{paid("a", 1001, "olga", "1", "x"), paid("b", 900, "olga", "2", "y")}, []string{"a"}},
		"much behind one prisoner":           {[]family.Paid{paid("a", 600, "olga", "1", "x"), paid("b", 600, "pavel", "1", "y"), paid("c", 1, "olga", "2")}, []string{"a", "b"}},
		"little behind one prisoner":         {[]family.Paid{paid("a", 500, "olga", "1"), paid("b", 500, "pavel", "1")}, nil},
		"one place for two":                  {[]family.Paid{paid("a", 1, "olga", "1", "x", "y"), paid("b", 1, "pavel", "2", "z", "x"), paid("c", 1, "olga", "3", "y2")}, []string{"a", "b"}},
		"a caseworker below the limit":       {many(5, 900), nil},
		"a caseworker above it":              {many(6, 900), []string{"f05"}},
		"a caseworker twice above it":        {many(12, 950), []string{"f10", "f11"}},
		"nowhere to be paid, no others":      {[]family.Paid{paid("a", 1, "olga", "1"), paid("b", 1, "olga", "2")}, nil},
		"nobody":                             {nil, nil},
		"a caseworker over several plans":    {append([]family.Paid{before(paid("a", 4900, "olga", "1", "x"))}, paid("b", 100, "olga", "2", "y"), paid("c", 90, "olga", "3", "z")), []string{"b"}},
		"another's over several plans":       {append([]family.Paid{before(paid("a", 4900, "pavel", "1", "x"))}, paid("b", 100, "olga", "2", "y")), nil},
		"one prisoner over several plans":    {append([]family.Paid{before(paid("a", 950, "olga", "1", "x"))}, paid("b", 100, "pavel", "1", "y")), []string{"b"}},
		"one place over several plans":       {append([]family.Paid{before(paid("a", 1, "olga", "1", "x"))}, paid("b", 1, "pavel", "2", "x")), []string{"b"}},
		"several reasons name a family once": {[]family.Paid{paid("a", 1200, "olga", "1", "x"), paid("b", 1, "olga", "1", "x")}, []string{"a", "b"}},
	} {
		if got := family.Concentrated(test.list, 100); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
