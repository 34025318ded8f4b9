package prisoner_test

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
)

func TestNamesOfListsAreShortAndPlain(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"spring": true, "list-2": true, "a": false, "": false, "Spring": false, "2lists": false, "a b": false,
		"list/2": false, "вясна": false, "abcdefghijklmnopqrstuvwxyz0123456": false,
	} {
		if err := prisoner.CheckList("sourceList", name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestWordsOfANameHaveNoMarksAndNoInitials(t *testing.T) {
	t.Parallel()
	if got := prisoner.Tokens("  Ганна-Марыя О'Хара К. "); !slices.Equal(got, []string{"ганна", "марыя", "хара"}) {
		t.Errorf("words are %q", got)
	}
	facts := prisoner.Facts{FullName: "Iван", Repaired: "Іван"}
	if got := facts.Words(); !slices.Equal(got, []string{"іван"}) {
		t.Errorf("words are %q", got)
	}
}
