package filter_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
)

func TestTermsAreValuesByField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		``:                                   {},
		`state = "OPEN"`:                     {"state": "OPEN"},
		`state="OPEN" AND held = true`:       {"state": "OPEN", "held": "true"},
		`held = false`:                       {"held": "false"},
		`(state = "true") AND (held = "no")`: {"state": "true", "held": "no"},
		`state = "a'; DROP TABLE x; --"`:     {"state": "a'; DROP TABLE x; --"},
		`state = "ü \" AND held = false"`:    {"state": `ü " AND held = false`},
	} {
		got, err := filter.Terms(text, "state", "held")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
}

func TestWhatIsNoTermIsRefusedByField(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`state`, `state = ""`, `state != "OPEN"`, `NOT state = "OPEN"`, `state = "OPEN" OR held = true`, `state = held`,
		`"OPEN" = state`, `true = "true"`, `other = "x"`, `state = "A" AND state = "A"`, `state = "A" AND state = "B"`,
		`state = 1`, `state:"OPEN"`, `state > "A"`, `((`, `state = "` + "\x00" + `"`, "\xff", `state = "` + strings.Repeat("x", 500) + `"`,
	} {
		got, err := filter.Terms(text, "state", "held")
		f := fault.As(err)
		if f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "filter" || !strings.Contains(f.Violations[0].Description, "state, held") {
			t.Errorf("%s: %v, %v; want a violation that names the fields", text, got, err)
		}
	}
}
