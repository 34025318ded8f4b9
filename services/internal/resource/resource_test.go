package resource_test

import (
	"regexp"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

func TestIDsAreRandomAndFitTheirForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^f_[0-9a-hjkmnp-tv-z]{26}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := resource.NewID(resource.KindFamily)
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("id %q is of another form or came twice", id)
		}
		seen[id] = true
	}
}
