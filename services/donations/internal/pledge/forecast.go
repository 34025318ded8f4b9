package pledge

import (
	"cmp"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// forecastMonths is how far a forecast reaches.
const forecastMonths = 12

// Due is what several pledges alike promise one fund: Count payments of Sum in all, each
// time from Next on.
type Due struct {
	Fund       string
	Sum        money.Amount
	Count      int64
	Recurrence Recurrence
	Next       time.Time
}

// Forecast is what is promised to one fund in one month.
type Forecast struct {
	Month string // "2026-12"
	Fund  string
	Sum   money.Amount
	Count int64
}

// Foresee adds up what is due within twelve months, by month, fund and currency.
func Foresee(dues []Due, now time.Time) ([]Forecast, error) {
	type cell struct{ month, fund, currency string }
	sums := map[cell]Forecast{}
	first := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	end := first.AddDate(0, forecastMonths, 0)
	for _, d := range dues {
		for n := 0; ; n++ {
			month := monthOf(d.Next, n, d.Recurrence)
			if !month.Before(end) {
				break
			}
			if month.Before(first) {
				month = first // it is overdue
			}
			key := cell{month.Format("2006-01"), d.Fund, d.Sum.Currency}
			sum, err := money.Add(sums[key].Sum.MinorUnits, d.Sum.MinorUnits)
			if err != nil {
				return nil, err
			}
			sums[key] = Forecast{key.month, d.Fund, money.Amount{MinorUnits: sum, Currency: d.Sum.Currency}, sums[key].Count + d.Count}
		}
	}
	out := make([]Forecast, 0, len(sums))
	for _, f := range sums {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Forecast) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Fund, b.Fund), cmp.Compare(a.Sum.Currency, b.Sum.Currency))
	})
	return out, nil
}

// monthOf is the month of the nth payment from the next on.
func monthOf(next time.Time, n int, every Recurrence) time.Time {
	if every == Yearly {
		n *= 12
	}
	next = next.UTC()
	return time.Date(next.Year(), next.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}
