package payout_test

import (
	"math"
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/payout"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestLinesAddUpToTheirPayoutOrNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines []money.Amount
		want  bool
	}{
		"gifts and a refund":  {[]money.Amount{postingtest.EUR(700), postingtest.EUR(500), postingtest.EUR(-200)}, true},
		"one is missing":      {[]money.Amount{postingtest.EUR(700), postingtest.EUR(500)}, false},
		"none":                {nil, false},
		"of another currency": {[]money.Amount{{MinorUnits: 1000, Currency: "PLN"}}, false},
		"too large":           {[]money.Amount{postingtest.EUR(math.MaxInt64), postingtest.EUR(1)}, false},
	} {
		if got := payout.AddsUp(postingtest.EUR(1000), c.lines); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOnlyTheBankSaysThatAPayoutHasArrived(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]payout.State{
		"pending": payout.Sent, "in_transit": payout.Sent, "paid": payout.Sent, "failed": payout.Failed, "canceled": payout.Failed, "a new word": payout.Sent,
	} {
		if got := payout.Of(status); got != want {
			t.Errorf("%s is %s", status, got)
		}
	}
}
