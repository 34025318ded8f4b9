package sourcelist

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// importsDoc is where people read what lists may be like.
const importsDoc = "../../../../docs/imports.md"

// The tables stand between these lines.
const (
	tablesBegin = "<!-- tables: what the program reads, word by word; a test compares them -->\n"
	tablesEnd   = "<!-- end of tables -->\n"
)

// TestTheDocumentationListsWhatIsUnderstood compares docs/imports.md with the tables. With
// UPDATE_DOCS=1 it writes them there.
func TestTheDocumentationListsWhatIsUnderstood(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(importsDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(file), tablesBegin)
	old, after, ended := strings.Cut(rest, tablesEnd)
	if !begun || !ended {
		t.Fatal("docs/imports.md has no place for the tables")
	}
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(importsDoc, []byte(before+tablesBegin+documented()+tablesEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(documented(), old); diff != "" {
		t.Errorf("docs/imports.md (-program +document):\n%s", diff)
	}
}

// documented are the tables in words.
func documented() string {
	var out strings.Builder
	section := func(title string) { fmt.Fprintf(&out, "\n### %s\n\n", title) }
	list := func(what string, words ...string) { fmt.Fprintf(&out, "- %s: %s\n", what, ticked(words)) }

	section("Headings")
	var registry []string
	for h := range registryColumns() {
		registry = append(registry, h)
	}
	slices.Sort(registry)
	list("The long header, in any order; `name` and `status` must be there", registry...)
	for i, f := range []Format{Names, NamesBelarusian, NamesRussian} {
		list("The short header in "+[]string{"English", "Belarusian", "Russian"}[i], namesHeadings()[f]...)
	}
	section("Months")
	for i, forms := range monthForms() {
		list(fmt.Sprint(i+1), strings.Fields(forms)...)
	}
	section("Other words of dates")
	list("Days of the week, read over", weekdays()...)
	list("Read over", dateFillers()...)
	list("Nobody knows the date", unknownDates()...)
	section("Words of a status")
	for _, w := range statusWords {
		list(sensesInWords(w.says), regexpInWords(w.words)...)
	}
	section("Sex")
	list("Female", sexWords()[Female]...)
	list("Male", sexWords()[Male]...)
	section("Free, where the prison should stand")
	list("Released", libertyWords()[Released]...)
	list("At liberty until the penalty begins", libertyWords()[AwaitingPenalty]...)
	out.WriteString("\n")
	return out.String()
}

func ticked(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "`" + w + "`"
	}
	return strings.Join(out, " ")
}

var anyEnding = regexp.MustCompile(`\\pL(?:\*|\{0,2\})`)

// regexpInWords are the alternatives of a table's pattern, … standing for any ending.
func regexpInWords(pattern *regexp.Regexp) []string {
	text := strings.TrimSuffix(strings.TrimPrefix(pattern.String(), "^(?:"), ")$")
	return strings.Split(anyEnding.ReplaceAllString(text, "…"), "|")
}

func sensesInWords(says sense) string {
	var out []string
	for _, s := range []struct {
		says sense
		word string
	}{
		{neutral, "says nothing"}, {political, "political"}, {imprisoned, "prisoner"}, {recognised, "recognised"}, {current, "active"},
		{negated, "not"}, {past, "former"}, {freed, "released"}, {convicted, "convicted, not recognised"},
	} {
		if says&s.says != 0 {
			out = append(out, s.word)
		}
	}
	return strings.Join(out, " and ")
}

// Whatever the document promises is read as it says.
func TestWhatTheDocumentPromisesIsRead(t *testing.T) {
	t.Parallel()
	for _, word := range unknownDates() {
		if d, err := parseDate(strings.ToUpper(word)); err != nil || !d.IsZero() {
			t.Errorf("%q: %v, %v", word, d, err)
		}
	}
	for sex, words := range sexWords() {
		for _, word := range words {
			r := &reading{layout: layout{header: Header{Columns: []string{"sex"}}}}
			r.sex(strings.ToUpper(strings.ReplaceAll(word, "…", "чына")))
			if r.row.Sex != sex {
				t.Errorf("%q: %v", word, r.row.Sex)
			}
		}
	}
	for free, words := range libertyWords() {
		for _, word := range words {
			if got := prison(strings.ToUpper(strings.ReplaceAll(word, "…", ""))); got.Liberty != free {
				t.Errorf("%q: %v", word, got)
			}
		}
	}
}
