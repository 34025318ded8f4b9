package sourcelist

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// oldest is how many years ago a date may be at most.
const oldest = 130

var (
	errBadDate     = errors.New("not a date that is understood")
	errFuture      = errors.New("in the future")
	errImplausible = errors.New("too long ago")
)

// clockTime is a time of day behind a date, as programs and people add it.
var clockTime = regexp.MustCompile(`(?:(\d)t|,? +(?:at +|в +|а +|у +)?)\d{1,2}:\d{2}.*$`)

// parseDate reads as much of a date as there is: numbers in the order of ISO 8601
// or with the day first, or a month written in a language of the lists, in any
// order that leaves no doubt.
func parseDate(cell string) (Date, error) {
	repaired, _ := repair(cell)
	s := fold(repaired)
	if word := strings.TrimRight(s, "."); word == "" || slices.Contains(unknownDates(), word) {
		return Date{}, nil
	}
	tokens := dateTokens(clockTime.ReplaceAllString(s, "$1"))
	for _, t := range tokens {
		if monthNumber(t) != "" {
			return writtenDate(tokens)
		}
	}
	return numericDate(tokens)
}

// dateTokens splits a date into runs of digits and runs of letters, without the
// words that say nothing: "9-га жніўня 2020 г." is 9, жніўня, 2020. Any sign but
// one that joins the parts of a date is a token of its own, which fits nowhere.
func dateTokens(s string) []string {
	var tokens []string
	for len(s) > 0 {
		first := []rune(s)[0]
		n := strings.IndexFunc(s, func(r rune) bool { return kindOf(r) != kindOf(first) })
		if n < 0 {
			n = len(s)
		}
		token := s[:n]
		s = s[n:]
		ordinal := len(tokens) > 0 && endsOrdinal(tokens[len(tokens)-1], token)
		if strings.Trim(token, " .,-/–") != "" && !ordinal && !saysNothing(token) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// saysNothing reports whether token is a word that is read over. Most dates are
// numbers, for which no list of words is made.
func saysNothing(token string) bool {
	return !isNumber(token) && (slices.Contains(dateFillers(), token) || slices.Contains(weekdays(), token))
}

// kindOf tells digits, letters and everything else apart.
func kindOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return 1
	case unicode.IsLetter(r):
		return 2
	}
	return 3
}

func isNumber(token string) bool { return kindOf([]rune(token)[0]) == 1 }

// endsOrdinal reports whether token is what is written behind a number that counts,
// "9-га". Behind a year some endings mean its decade: "1980-е".
func endsOrdinal(number, token string) bool {
	switch token {
	case "st", "nd", "rd", "th", "го", "ого", "й", "м", "га", "ага", "ы", "ым":
		return isNumber(number)
	case "е", "ое":
		return isNumber(number) && len(number) <= 2
	}
	return false
}

// writtenDate reads a date whose month is a word: the year has four digits, the
// day one or two, so their order does not matter.
func writtenDate(tokens []string) (Date, error) {
	var year, month, day string
	for _, t := range tokens {
		part := &month
		switch value := monthNumber(t); {
		case value != "":
			t = value
		case isNumber(t) && len(t) == 4:
			part = &year
		case isNumber(t) && len(t) <= 2:
			part = &day
		default:
			return Date{}, errBadDate
		}
		if *part != "" {
			return Date{}, errBadDate // two of them: a range, or two dates
		}
		*part = t
	}
	return makeDate(year, month, day)
}

// numericDate reads a year, a year and a month, or all three; the day comes first
// where the year comes last.
func numericDate(tokens []string) (Date, error) {
	for i, t := range tokens {
		if !isNumber(t) || len(t) > 2 && (len(t) != 4 || i > 0 && i < len(tokens)-1) {
			return Date{}, errBadDate
		}
	}
	n := len(tokens)
	switch {
	case n == 0 || n > 3:
		return Date{}, errBadDate
	case len(tokens[0]) == 4 && len(tokens[n-1]) == 4 && n > 1: // 2020-2021
		return Date{}, errBadDate
	case len(tokens[0]) == 4:
		parts := append(tokens, "", "")
		return makeDate(parts[0], parts[1], parts[2])
	case len(tokens[n-1]) == 4:
		parts := append(make([]string, 3-n), tokens...)
		return makeDate(parts[2], parts[1], parts[0])
	}
	return Date{}, errBadDate
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
