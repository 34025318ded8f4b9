package stripeapi_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestStripeCountsSomeCurrenciesItsOwnWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency string
		want     int64
		field    string // of the violation, empty where there is none
	}{
		{5000, "EUR", 5000, ""},
		{50, "EUR", 50, ""},
		{49, "EUR", 0, "amount.minorUnits"},
		{99_999_999, "EUR", 99_999_999, ""},
		{100_000_000, "EUR", 0, "amount.minorUnits"},
		{math.MaxInt64, "EUR", 0, "amount.minorUnits"},
		{0, "EUR", 0, "amount.minorUnits"},
		{-1, "EUR", 0, "amount.minorUnits"},
		{500, "JPY", 500, ""},
		{1500, "ISK", 150_000, ""},
		{math.MaxInt64, "ISK", 0, "amount.minorUnits"},
		{5000, "UGX", 500_000, ""},
		{500_000, "MGA", 5_000, ""},
		{500_050, "MGA", 0, "amount.minorUnits"},
		{5000, "KWD", 5000, ""},
		{5001, "KWD", 0, "amount.minorUnits"},
		{20_050, "HUF", 20_050, ""},
		{10_050, "TWD", 10_050, ""},
		{5000, "eur", 0, "amount.currencyCode"},
		{5000, "XXX", 0, "amount.currencyCode"},
		{5000, "KPW", 0, "amount.currencyCode"},
		{5000, "DEM", 0, "amount.currencyCode"},
	} {
		got, err := stripeapi.ToStripe("amount", money.Amount{MinorUnits: c.minor, Currency: c.currency})
		if c.field != "" {
			if f := fault.As(err); f == nil || f.Violations[0].Field != c.field {
				t.Errorf("%d %s: got %d, %v, want a violation of %s", c.minor, c.currency, got, err, c.field)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%d %s: got %d, %v, want %d", c.minor, c.currency, got, err, c.want)
		}
	}
}

func TestWhatGoesToStripeComesBackTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Amount{
			MinorUnits: rapid.Int64Range(1, 200_000_000).Draw(t, "minor"),
			Currency:   rapid.SampledFrom([]string{"EUR", "ISK", "UGX", "MGA", "KWD", "JPY", "HUF", "BYN"}).Draw(t, "currency"),
		}
		minor, err := stripeapi.ToStripe("amount", amount)
		if err != nil {
			return // not every amount can be charged
		}
		back, err := stripeapi.FromStripe(minor, lower(amount.Currency))
		if err != nil || back != amount {
			t.Fatalf("%v became %d and came back as %v, %v", amount, minor, back, err)
		}
	})
}

func TestWhatStripeAnswersIsNeverRounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency string
	}{{150, "isk"}, {math.MaxInt64, "mga"}, {100, "xyz"}, {100, ""}} {
		if got, err := stripeapi.FromStripe(c.minor, c.currency); err == nil {
			t.Errorf("%d %q became %v", c.minor, c.currency, got)
		}
	}
	if got, err := stripeapi.FromStripe(-100, "eur"); err != nil || got.MinorUnits != -100 {
		t.Errorf("a negative amount became %v, %v", got, err)
	}
}

func lower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] |= 0x20
	}
	return string(b)
}
