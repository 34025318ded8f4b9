package resource_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

func TestIDsAreRandomAndFitTheirForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^f_[0-9a-hjkmnp-tv-z]{26}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := resource.NewID("f")
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("id %q is of another form or came twice", id)
		}
		seen[id] = true
	}
}

func TestNamesAreSplitByTheirPattern(t *testing.T) {
	t.Parallel()
	ids, err := resource.Match("families/*/aidRequests/*", "name", "families/f_1/aidRequests/a-2")
	if err != nil || !slices.Equal(ids, []string{"f_1", "a-2"}) {
		t.Errorf("got %v, %v", ids, err)
	}
	ids, err = resource.Match("funds/*", "fund", "funds/general")
	if err != nil || !slices.Equal(ids, []string{"general"}) {
		t.Errorf("got %v, %v", ids, err)
	}
}

func TestOtherNamesAreRefusedNamingTheField(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "funds", "funds/", "fund/general", "funds/general/x", "/funds/general", "funds/a b", "funds/ä",
		"funds/'; DROP", "funds/*", "funds/" + strings.Repeat("a", 65),
	} {
		_, err := resource.Match("funds/*", "designations[0].fund", name)
		if f := fault.As(err); f == nil || f.Violations[0].Field != "designations[0].fund" {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
