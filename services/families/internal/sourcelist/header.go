package sourcelist

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// column is what a cell means, whatever its heading is called.
type column int

// The columns that mean something to us; 0 stands for none.
const (
	colID column = iota + 1
	colURL
	colName
	colStatus
	colSex
	colBorn
	colDetained
	colArticles
	colPrison
	colSentence
	colJudge
	colProsecutor
	colPenaltyStart
	colRelease
	colVerdict
	colAppeal
	colDied
)

// registryColumns are the headings of the long header that we read; the others
// (photo, description, declaration, decision, …) are kept as they are. The
// misspelled "councel" is how real lists spell it.
func registryColumns() map[string]column {
	return map[string]column{
		"id": colID, "url": colURL, "name": colName, "status": colStatus, "gender": colSex,
		"birthday": colBorn, "arrested": colDetained, "articles": colArticles, "prison": colPrison,
		"penalty": colSentence, "judge": colJudge, "penalty_start_date": colPenaltyStart,
		"release_date": colRelease, "verdict_date": colVerdict, "appeal_date": colAppeal, "died": colDied,
		"photo": 0, "description": 0, "declaration": 0, "decision": 0, "councel": 0, "fake_terrorist_list": 0, "clusters": 0,
	}
}

// namesOrder is the order of the short header in every language. "Sentence" says
// what court and verdict there were, "Penalty" how long it is.
func namesOrder() []column {
	return []column{colName, colStatus, colBorn, colSex, colDetained, colArticles, colVerdict, 0, colSentence, colJudge, colProsecutor, colPrison}
}

// namesHeadings are the short header's headings, folded by heading(), in the
// order of namesOrder. The first decides about the language.
func namesHeadings() map[Format][]string {
	return map[Format][]string{
		Names: {"name and surname", "status", "date of birth", "gender", "date of detention", "charges indicted",
			"date of verdict", "sentence", "penalty", "judge", "prosecutor", "prison"},
		NamesBelarusian: {"імя і прозвішча", "статус", "дата нараджэння", "пол", "дата затрымання", "прад'яўленыя абвінавачванні",
			"дата прысуду", "прысуд", "пакаранне", "суддзя", "пракурор", "турма"},
		NamesRussian: {"имя и фамилия", "статус", "дата рождения", "пол", "дата задержания", "предъявленные обвинения",
			"дата приговора", "приговор", "наказание", "судья", "прокурор", "тюрьма"},
	}
}

// layout says where in a row what stands.
type layout struct {
	header  Header
	meaning []column // of each of header.Columns
}

// readHeader recognises one of the two headers by its headings.
func readHeader(cells []string, encoding Encoding) (layout, error) {
	headings := folded(cells)
	l := layout{header: Header{Encoding: encoding, Columns: cells}}
	switch format := formatOf(headings); format {
	case 0:
		return l, fault.Field("file", fault.FieldMalformed, "must begin with one of the two known headers, its columns separated by commas, semicolons, tabs or bars (see docs/imports.md)")
	case Registry:
		l.header.Format, l.meaning = format, meanings(headings, registryColumns())
	default:
		l.header.Format, l.meaning = format, meanings(headings, namesColumns(format))
		positional(&l, format)
	}
	return l, l.finish(headings)
}

// folded are headings as they are compared.
func folded(cells []string) []string {
	headings := make([]string, len(cells))
	for i, c := range cells {
		headings[i] = heading(c)
	}
	return headings
}

// formatOf decides by the one heading that each format must have.
func formatOf(headings []string) Format {
	for _, h := range headings {
		for format, names := range namesHeadings() {
			if h == names[0] {
				return format
			}
		}
	}
	for _, h := range headings {
		if h == "name" {
			return Registry
		}
	}
	return 0
}

func namesColumns(format Format) map[string]column {
	columns := map[string]column{}
	for i, h := range namesHeadings()[format] {
		columns[h] = namesOrder()[i]
	}
	return columns
}

func meanings(headings []string, known map[string]column) []column {
	meaning := make([]column, len(headings))
	for i, h := range headings {
		meaning[i] = known[h]
	}
	return meaning
}

// positional lets the place decide where a translated heading is worded in a way
// that we do not know: the short header has the same order in each language.
func positional(l *layout, format Format) {
	if format == Names || len(l.meaning) != len(namesOrder()) || l.meaning[0] != colName {
		return
	}
	for i, want := range namesOrder() {
		if l.meaning[i] == 0 && !has(l.meaning, want) {
			l.meaning[i] = want
		}
	}
}

// finish refuses a header without what an import needs and notes what it does not
// know.
func (l *layout) finish(headings []string) error {
	seen := map[string]bool{}
	for _, h := range headings {
		if seen[h] && h != "" {
			return fault.Field("file", fault.FieldGivenTwice, "must not have the same heading twice")
		}
		seen[h] = true
	}
	for _, must := range []column{colName, colStatus} {
		if !has(l.meaning, must) {
			return fault.Field("file", fault.FieldRequired, "must have a column for the status")
		}
	}
	sentence := namesHeadings()[l.header.Format]
	registry := registryColumns()
	for i, h := range headings {
		_, kept := registry[h]
		known := l.meaning[i] != 0 || kept && l.header.Format == Registry || len(sentence) > 0 && h == sentence[7]
		if !known && h != "" {
			l.header.Unknown = append(l.header.Unknown, l.header.Columns[i])
		}
	}
	return nil
}

func has(meaning []column, want column) bool {
	for _, m := range meaning {
		if m == want {
			return true
		}
	}
	return false
}

// heading folds what cells fold, apostrophes and look-alike letters, and takes off a
// colon behind.
func heading(cell string) string {
	repaired, _ := repair(visible(cell))
	cell = strings.NewReplacer("’", "'", "ʼ", "'", "‘", "'", "`", "'", "´", "'").Replace(fold(repaired))
	return strings.TrimRight(cell, " :")
}
