package listfake_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
)

// rows are those of a list, without its byte order mark and header.
func rows(t *testing.T, n int, format listfake.Format) [][]string {
	t.Helper()
	text := bytes.TrimPrefix(generate(t, 1, n, format), []byte("\xEF\xBB\xBF"))
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

// count counts the rows whose cell in a column meets a condition.
func count(rows [][]string, column int, meets func(string) bool) (n int) {
	for _, row := range rows {
		if meets(row[column]) {
			n++
		}
	}
	return n
}

// A list that lacks a trap would show nothing of how it is dealt with.
func TestEveryTrapIsMetEarlyInARegistry(t *testing.T) {
	t.Parallel()
	list := rows(t, 174, listfake.Registry)
	isDay := func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }
	seen := map[string]int{}
	for _, row := range list {
		seen[row[1]]++
	}
	shared := 0
	for _, n := range seen {
		shared += n - 1
	}
	for name, n := range map[string]int{
		"a shared address":              shared,
		"a birth that is no day":        count(list, 7, func(s string) bool { return !isDay(s) }),
		"a birth in the future":         count(list, 7, func(s string) bool { return s > "2090" && s < "2100" }),
		"a month in words":              count(list, 8, func(s string) bool { return strings.Contains(s, " ") }),
		"several charges":               count(list, 9, func(s string) bool { return strings.Count(s, "\n") >= 2 }),
		"no charges":                    count(list, 9, func(s string) bool { return s == "" }),
		"no prison":                     count(list, 10, func(s string) bool { return s == "" }),
		"an address on a second line":   count(list, 10, func(s string) bool { return strings.Contains(s, "\n") }),
		"quotes in a cell":              count(list, 14, func(s string) bool { return strings.Contains(s, `"`) }),
		"spaces around a name":          count(list, 2, func(s string) bool { return s != strings.TrimSpace(s) }),
		"a Latin letter in a name":      count(list, 2, func(s string) bool { return strings.ContainsAny(s, "oea") }),
		"somebody who died":             count(list, 21, func(s string) bool { return s != "" }),
		"somebody who is named shortly": count(list, 2, func(s string) bool { return strings.HasSuffix(s, ".") }),
	} {
		if n == 0 {
			t.Errorf("there is no row with %s", name)
		}
	}
}

// The shares are those of a real list: tests of large ones count on them.
func TestStatusesAreDealtOutEvenly(t *testing.T) {
	t.Parallel()
	list := rows(t, 870, listfake.Registry)
	for status, want := range map[string]int{"active": 90, "former": 400, "np": 380} {
		if got := count(list, 3, func(s string) bool { return s == status }); got != want {
			t.Errorf("%d are %s, want %d", got, status, want)
		}
	}
}

func TestOnlyNamesListsBeginWithAByteOrderMark(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		text := generate(t, 1, 0, format)
		if got, want := bytes.HasPrefix(text, []byte("\xEF\xBB\xBF")), format != listfake.Registry; got != want || bytes.Count(text, []byte("\n")) != 1 {
			t.Errorf("%s of no rows: %q", format, text)
		}
	}
}
