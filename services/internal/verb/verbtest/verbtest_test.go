package verbtest

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

type (
	turn string
	door string
)

// doors can be opened and shut, and painted in any state; the wind opens them wide.
func doors() Machine[turn, door] {
	return Machine[turn, door]{
		Steps: verb.Steps[turn, door]{
			"open": {From: []door{"SHUT"}, To: "AJAR"}, "shut": {From: []door{"AJAR", "WIDE"}, To: "SHUT"},
			"paint": {From: []door{"SHUT", "AJAR", "WIDE"}},
		},
		Moves: map[door][]door{"SHUT": {"AJAR"}, "AJAR": {"SHUT", "WIDE"}, "WIDE": {"SHUT"}},
		Alone: map[door][]door{"AJAR": {"WIDE"}},
		Still: []turn{"paint"},
	}
}

func TestTwoTablesThatDisagreeAreToldApart(t *testing.T) {
	t.Parallel()
	Check(t, doors())
	for want, spoil := range map[string]func(*Machine[turn, door]){
		"open leads from SHUT to AJAR":   func(m *Machine[turn, door]) { m.Moves["SHUT"] = nil },
		"from WIDE to BROKEN: one of":    func(m *Machine[turn, door]) { m.Moves["WIDE"] = append(m.Moves["WIDE"], "BROKEN") },
		"from AJAR to WIDE: one of":      func(m *Machine[turn, door]) { m.Alone = nil },
		"from AJAR to SHUT: one of":      func(m *Machine[turn, door]) { m.Alone["AJAR"] = append(m.Alone["AJAR"], "SHUT") },
		"from WIDE to AJAR is said":      func(m *Machine[turn, door]) { m.Alone["WIDE"] = []door{"AJAR"} },
		"paint leads from SHUT":          func(m *Machine[turn, door]) { m.Still = nil },
		"knock is said to move nothing,": func(m *Machine[turn, door]) { m.Still = append(m.Still, "knock") },
	} {
		m := doors()
		spoil(&m)
		if got := strings.Join(m.wrong(), "\n"); !strings.Contains(got, want) {
			t.Errorf("%q is not told: %q", want, got)
		}
	}
}
