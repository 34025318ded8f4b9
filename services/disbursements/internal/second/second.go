// Package second says who may be the second person about money that has left in a file:
// whoever carried the file to the bank should not be the one who says what became of it.
package second

import (
	"slices"
	"time"
)

// fetcherWaits is for how many days somebody is waited for who did not fetch the file,
// while anyone else may be away; after them a fetcher is better than nobody.
const fetcherWaits = 3

// Hands are those who had to do with what a second person is asked for.
type Hands struct {
	// First is the first person, Fetchers those who fetched a payment file that it is
	// about.
	First    string
	Fetchers []string
	// Since is the day on which the first acted.
	Since time.Time
}

// Bars reports that a person fetched a file and may not be the second now: before the
// third day, or at all where the first fetched one, too.
func (h Hands) Bars(person string, now time.Time) bool {
	waited := !now.Before(h.Since.AddDate(0, 0, fetcherWaits))
	return slices.Contains(h.Fetchers, person) && (!waited || slices.Contains(h.Fetchers, h.First))
}
