package dumptest

import "testing"

func TestAColumnThatNobodyThoughtAboutIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		column column
		as     class
		listed bool
		wrong  bool
	}{
		{"a day", column{"t.c", "date"}, class{}, false, false},
		{"an hour without a reason", column{"t.c", "timestamp with time zone"}, class{"hour", ""}, true, true},
		{"an hour that is not listed", column{"t.c", "timestamp with time zone"}, class{}, false, true},
		{"an hour listed as a word", column{"t.c", "timestamp with time zone"}, class{"word", "word"}, true, true},
		{"an hour with its reason", column{"t.c", "timestamp with time zone"}, class{"hour", "until it ends"}, true, false},
		{"a day listed as an hour", column{"t.c", "text"}, class{"hour", "until it ends"}, true, true},
		{"a text that is not listed", column{"t.c", "text"}, class{}, false, true},
		{"a word", column{"t.c", "text"}, class{"word", "word"}, true, false},
		{"bytes listed as a word", column{"t.c", "bytea"}, class{"word", "word"}, true, true},
		{"bytes that are known outside, without a reason", column{"t.c", "bytea"}, class{"known", ""}, true, true},
		{"text listed as sealed", column{"t.c", "text"}, class{"sealed", "sealed"}, true, true},
	} {
		if got := c.column.wrong(c.as, c.listed); (got != "") != c.wrong {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
