package statement_test

import (
	"math"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

func TestTotalsThatStatementsCannotSumUpAreFound(t *testing.T) {
	t.Parallel()
	total := func(currency string, before, within int64) statement.Total {
		return statement.Total{Pool: "asset:stripe", Currency: currency, Kind: leaf.Donation, Before: before, Within: within}
	}
	for name, c := range map[string]struct {
		totals []statement.Total
		fit    bool
	}{
		"nothing":               {nil, true},
		"the largest":           {[]statement.Total{total("EUR", math.MaxInt64, 0)}, true},
		"in two currencies":     {[]statement.Total{total("EUR", math.MaxInt64, 0), total("PLN", math.MaxInt64, 0)}, true},
		"one more":              {[]statement.Total{total("EUR", math.MaxInt64, 0), total("EUR", 0, 1)}, false},
		"one less, other sign":  {[]statement.Total{total("EUR", math.MaxInt64, -1)}, false},
		"the smallest":          {[]statement.Total{total("EUR", 0, math.MinInt64)}, false},
		"wraps to the same sum": {[]statement.Total{total("EUR", math.MinInt64, math.MinInt64)}, false},
	} {
		if got := statement.Fit(c.totals); got != c.fit {
			t.Errorf("%s: fit is %v", name, got)
		}
	}
}
