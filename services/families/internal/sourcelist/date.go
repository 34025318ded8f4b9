package sourcelist

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// oldest is how many years ago a date may be at most.
const oldest = 130

var (
	errBadDate     = errors.New("not a date that is understood")
	errFuture      = errors.New("in the future")
	errImplausible = errors.New("too long ago")
)

// The ways in which lists write dates.
var (
	dateISO     = regexp.MustCompile(`^(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?(?:[t ]\d{2}:\d{2}.*)?$`)
	dateDotted  = regexp.MustCompile(`^(?:(\d{1,2})[./])?(\d{1,2})[./](\d{4})$`)
	dateWritten = regexp.MustCompile(`^(?:(\d{1,2})(?:st|nd|rd|th|-га|-го)? +)?(\pL+),? +(\d{4})(?: *(?:г\.?|года|год))?$`)
	dateAmerica = regexp.MustCompile(`^(\pL+) +(\d{1,2}),? +(\d{4})$`)
)

// unknownDate are the words for a date that nobody knows.
func unknownDate(s string) bool {
	switch s {
	case "", "-", "—", "?", "unknown", "n/a", "неизвестно", "неизвестна", "невядома", "невядомая", "нет данных":
		return true
	}
	return false
}

// parseDate reads as much of a date as there is.
func parseDate(cell string) (Date, error) {
	s := strings.ToLower(strings.Join(strings.Fields(cell), " "))
	if unknownDate(s) {
		return Date{}, nil
	}
	var year, month, day string
	if m := dateISO.FindStringSubmatch(s); m != nil {
		year, month, day = m[1], m[2], m[3]
	} else if m := dateDotted.FindStringSubmatch(s); m != nil {
		day, month, year = m[1], m[2], m[3]
	} else if m := dateWritten.FindStringSubmatch(s); m != nil {
		day, month, year = m[1], monthNumber(m[2]), m[3]
	} else if m := dateAmerica.FindStringSubmatch(s); m != nil {
		month, day, year = monthNumber(m[1]), m[2], m[3]
	} else {
		return Date{}, errBadDate
	}
	return makeDate(year, month, day)
}

func makeDate(year, month, day string) (Date, error) {
	y, _ := strconv.Atoi(year) // digits only, or empty for 0
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	switch {
	case y == 0, month != "" && (m < 1 || m > 12), day != "" && (d < 1 || month == ""):
		return Date{}, errBadDate
	case d > 0 && time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() != d:
		return Date{}, errBadDate // the 31st of a month with 30 days
	}
	return Date{Year: y, Month: m, Day: d}, nil
}

// monthNumber knows English, Russian and Belarusian months by their stems; an
// unknown word becomes an invalid month.
func monthNumber(word string) string {
	for i, stems := range [12][]string{
		{"jan", "янв", "студ"}, {"feb", "фев", "лют"}, {"mar", "март", "сак"}, {"apr", "апр", "крас"},
		{"may", "май", "мая", "тра", "маі"}, {"jun", "июн", "чэр", "чер"}, {"jul", "июл", "ліп"}, {"aug", "авг", "жнів"},
		{"sep", "сен", "вер"}, {"oct", "окт", "кас"}, {"nov", "ноя", "ліст"}, {"dec", "дек", "сне", "снеж"},
	} {
		for _, stem := range stems {
			if strings.HasPrefix(word, stem) {
				return strconv.Itoa(i + 1)
			}
		}
	}
	return "13"
}

// plausible refuses a date whose earliest day is after today, or that is too old.
func (d Date) plausible(today time.Time) error {
	if d.IsZero() {
		return nil
	}
	earliest := time.Date(d.Year, time.Month(max(d.Month, 1)), max(d.Day, 1), 0, 0, 0, 0, time.UTC)
	switch {
	case earliest.After(today):
		return errFuture
	case d.Year < today.Year()-oldest:
		return errImplausible
	}
	return nil
}
