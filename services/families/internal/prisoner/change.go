package prisoner

import (
	"strconv"
	"strings"
)

// Change is one thing that a list says otherwise than before.
type Change struct {
	// Field is a word such as "birth_date", or "cell" and a heading.
	Field string
	// Before and After are empty for nothing.
	Before, After string
}

// Changes are what a list says otherwise than before, in a fixed order: what is
// understood first, then the cells.
func Changes(before, after Facts, was, is Status) []Change {
	pairs := []Change{
		{"status", string(was), string(is)},
		{"full_name", before.FullName, after.FullName},
		{"birth_date", before.BirthDate, after.BirthDate},
		{"detention_date", before.DetentionDate, after.DetentionDate},
		{"charges", strings.Join(before.Charges, "\n"), strings.Join(after.Charges, "\n")},
		{"sentence_months", monthsText(before.SentenceMonths), monthsText(after.SentenceMonths)},
		{"facility", before.Facility, after.Facility},
	}
	old := map[string]string{}
	for _, c := range before.Cells {
		old[c.Column] = c.Text
	}
	for _, c := range after.Cells {
		pairs = append(pairs, Change{"cell " + c.Column, old[c.Column], c.Text})
		delete(old, c.Column)
	}
	for _, c := range before.Cells {
		if text, gone := old[c.Column]; gone {
			pairs = append(pairs, Change{"cell " + c.Column, text, ""})
		}
	}
	var out []Change
	for _, p := range pairs {
		if p.Before != p.After {
			out = append(out, p)
		}
	}
	return out
}

func monthsText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
