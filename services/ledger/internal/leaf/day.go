package leaf

import (
	"errors"
	"time"
)

// lastDay is 9999-12-31, the last day that the format can hold.
const lastDay Day = 2932896

// dayLayout is how days are written.
const dayLayout = "2006-01-02"

// Day is a calendar day as the number of days since 1970-01-01; zero is invalid.
// The ledger knows no finer time.
type Day uint32

// ParseDay reads a day such as "2026-11-24".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(dayLayout, text)
	switch {
	case err != nil:
		return 0, errors.New("must be a day such as 2026-11-24")
	case t.Unix() <= 0:
		return 0, errors.New("must be a day after 1970-01-01")
	}
	return DayOf(t), nil
}

// DayOf returns the UTC day of t, which must be after 1970.
func DayOf(t time.Time) Day { return Day(t.Unix() / (24 * 60 * 60)) }

// String writes the day as "2026-11-24".
func (d Day) String() string { return d.Time().Format(dayLayout) }

// Time returns midnight UTC at the day's beginning.
func (d Day) Time() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// valid reports whether the format can hold the day.
func (d Day) valid() bool { return d > 0 && d <= lastDay }
