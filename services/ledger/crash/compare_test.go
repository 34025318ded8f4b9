package crash

import (
	"strings"
	"testing"
)

// The comparison must see each kind of damage by itself.
func TestTheComparisonNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	a := leaf{"a", 0, [32]byte{1}}
	b, c := leaf{"b", 1, [32]byte{2}}, leaf{"c", 2, [32]byte{3}}
	for name, test := range map[string]struct {
		stored []leaf
		want   []string
	}{
		"nothing":              {[]leaf{a, b, c}, nil},
		"the unacknowledged":   {[]leaf{a, b, c, {"d", 3, [32]byte{4}}}, nil},
		"one lost":             {[]leaf{a, {"d", 1, [32]byte{4}}}, []string{"lost: b", "lost: c"}},
		"all lost":             {nil, []string{"lost: a", "lost: b", "lost: c"}},
		"one doubled":          {[]leaf{a, b, c, {"a", 3, [32]byte{9}}}, []string{"doubled: a"}},
		"two changed places":   {[]leaf{a, {"c", 1, c.hash}, {"b", 2, b.hash}}, []string{"moved: b", "moved: c"}},
		"one changed":          {[]leaf{{"a", 0, [32]byte{7}}, b, c}, []string{"changed: a"}},
		"one nobody asked for": {[]leaf{a, b, c, {"x", 3, [32]byte{9}}}, []string{"unknown: nobody asked for x"}},
		"a gap":                {[]leaf{a, b, c, {"d", 4, [32]byte{4}}}, []string{"gap: d"}},
		"half a unit":          {[]leaf{a, b, c, {"e1", 3, [32]byte{4}}}, []string{"torn: 1 of the 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := &journal{}
			for _, reference := range []string{"a", "b", "c", "d"} {
				j.ask(reference)
			}
			j.ask("e1", "e2")
			j.told(a, b)
			j.told(c, a) // a repeat is told the same
			got := j.compare(test.stored)
			for _, want := range test.want {
				if !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("found %q, want %q among it", got, want)
				}
			}
			if len(test.want) == 0 && len(got) > 0 {
				t.Errorf("found %q, want nothing", got)
			}
		})
	}
}
