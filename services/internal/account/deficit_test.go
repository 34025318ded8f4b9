package account_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestOnlyADeficitAboveAHundredStopsAFund(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		net      int64
		currency string
		stops    bool
	}{
		{0, "EUR", false}, {-1, "EUR", false}, {-100_00, "EUR", false}, {-100_01, "EUR", true}, {100_01, "EUR", false},
		{-100, "JPY", false}, {-101, "JPY", true}, {-100_000, "KWD", false}, {-100_001, "KWD", true},
	} {
		if got := account.DeficitStops(c.net, money.Whole(account.ToleratedDeficit, c.currency)); got != c.stops {
			t.Errorf("%d %s: %v", c.net, c.currency, got)
		}
	}
}
