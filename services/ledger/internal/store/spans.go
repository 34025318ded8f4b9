package store

import (
	"fmt"
	"time"
)

// The spans of pool_totals.
const (
	spanDay int16 = iota + 1
	spanMonth
	spanYear
)

// firstOf is the first day of the span that a day lies in.
func firstOf(span int16, day time.Time) time.Time {
	switch span {
	case spanYear:
		return day.AddDate(0, 0, 1-day.YearDay())
	case spanMonth:
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

// untilDay selects the rows of pool_totals that add up to what a pool has had by the
// end of a day, or ever where the day is NULL. They are whole years, the months of the
// year that the day breaks, and the days of the month that it breaks: some forty per
// kind at most, and one more for each year.
func untilDay(columns, pool, currency, day string) string {
	return fmt.Sprintf(`
		SELECT %[1]s FROM pool_totals
		WHERE ledger_id = $1 AND pool = %[2]s AND currency = %[3]s AND span = 3
			AND first_day < COALESCE(date_trunc('year', %[4]s + 1)::date, 'infinity')
		UNION ALL
		SELECT %[1]s FROM pool_totals
		WHERE ledger_id = $1 AND pool = %[2]s AND currency = %[3]s AND span = 2
			AND first_day >= date_trunc('year', %[4]s + 1)::date AND first_day < date_trunc('month', %[4]s + 1)::date
		UNION ALL
		SELECT %[1]s FROM pool_totals
		WHERE ledger_id = $1 AND pool = %[2]s AND currency = %[3]s AND span = 1
			AND first_day >= date_trunc('month', %[4]s + 1)::date AND first_day <= %[4]s`, columns, pool, currency, day)
}
