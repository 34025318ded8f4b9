package prisonerimport

import (
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
)

// nameKey is what spellings of one name have in common; empty where the name is withheld.
func (r Row) nameKey() string {
	if r.Anonymous {
		return ""
	}
	return prisoner.Likeness(r.Facts.FullName)
}

// YearKey is what rows with the same name and year of birth have in common; empty where
// the birth date is not known, or not readable, or the name is withheld.
func (r Row) YearKey() string {
	name := r.nameKey()
	if name == "" || len(r.Facts.BirthDate) < 4 {
		return ""
	}
	return name + "|" + r.Facts.BirthDate[:4]
}

// PersonKey is what rows with the same name and day of birth have in common. Where the
// day is not known it is the YearKey: such a row may be about anybody born in that year.
func (r Row) PersonKey() string {
	year := r.YearKey()
	if year == "" || len(r.Facts.BirthDate) < len(time.DateOnly) {
		return year
	}
	return r.nameKey() + "|" + r.Facts.BirthDate
}

// Likenesses are by what a row may be about somebody whom the list had before under
// another id: the name, and birth and detention where both are known to the day.
// Either is empty where it says nothing.
func (r Row) Likenesses() (name, dates string) {
	if !r.Anonymous && len(r.Facts.BirthDate) == len(time.DateOnly) && len(r.Facts.DetentionDate) == len(time.DateOnly) {
		dates = r.Facts.BirthDate + "|" + r.Facts.DetentionDate
	}
	return r.nameKey(), dates
}

// Identity is by what a row without an id is recognised in the next file of its list:
// cells that stay, which are the name and the birth date, or the detention where the
// birth is not known. It is empty where there are none.
func (r Row) Identity() string {
	name := r.nameKey()
	switch {
	case name == "":
		return ""
	case r.Facts.BirthDate != "":
		return name + "|" + r.Facts.BirthDate
	case r.Facts.DetentionDate != "":
		return name + "||" + r.Facts.DetentionDate
	}
	return ""
}

// Claim is whom a row says that it is about, in all that does not change from month to
// month: what people decide of a row holds for the next file's row with the same claim.
func (r Row) Claim() string {
	name := r.nameKey()
	if name == "" {
		name = strings.ToLower(strings.Join(strings.Fields(r.Facts.FullName), " "))
	}
	return strings.Join([]string{r.SourceID, r.URLKey(), name, r.Facts.BirthDate, r.Facts.DetentionDate}, "\x00")
}

// URLKey is what two rows that share an address have in common; empty where the
// row has none.
func (r Row) URLKey() string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(r.URL)), "/")
}

// OneBirth reports whether two birth dates, of which each may be partial or unknown, may
// be one.
func OneBirth(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }
