package page

import (
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// At are the keys of a row in a list ordered by time and id.
func At(t time.Time, id string) []string {
	return []string{t.UTC().Format(time.RFC3339Nano), id}
}

// OldestFirst is the position in a list ordered by time and id.
func (p Page) OldestFirst() (time.Time, string, error) { return p.at(time.Time{}) }

// NewestFirst is the position in a list ordered by time and id, descending.
func (p Page) NewestFirst() (time.Time, string, error) {
	return p.at(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) // after all rows
}

func (p Page) at(first time.Time) (time.Time, string, error) {
	if len(p.After) == 0 {
		return first, "", nil
	}
	keys, err := p.Keys(2)
	if err != nil {
		return first, "", err
	}
	t, err := time.Parse(time.RFC3339Nano, keys[0])
	if err != nil {
		return first, "", BadToken().With(err)
	}
	return t, keys[1], nil
}

// Keys is the position in a list ordered by n texts, empty ones on the first page.
func (p Page) Keys(n int) ([]string, error) {
	switch len(p.After) {
	case 0:
		return make([]string, n), nil
	case n:
		return p.After, nil
	}
	return nil, BadToken()
}

// Numbered are the keys of a row in a list ordered by numbers.
func Numbered(numbers ...int64) []string {
	keys := make([]string, len(numbers))
	for i, n := range numbers {
		keys[i] = strconv.FormatInt(n, 10)
	}
	return keys
}

// Numbers is the position in a list ordered by numbers: first on the first page.
func (p Page) Numbers(first ...int64) ([]int64, error) {
	if len(p.After) == 0 {
		return first, nil
	}
	keys, err := p.Keys(len(first))
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(keys))
	for i, key := range keys {
		if numbers[i], err = strconv.ParseInt(key, 10, 64); err != nil {
			return nil, BadToken().With(err)
		}
	}
	return numbers, nil
}

// BadToken is about a token that was not made for this list.
func BadToken() *fault.Fault {
	return fault.Field("pageToken", fault.FieldMalformed, "must be the nextPageToken of the same request, unchanged")
}
