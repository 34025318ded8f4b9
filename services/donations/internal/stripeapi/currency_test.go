package stripeapi_test

import (
	"iter"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
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
		{999_999_999_999, "EUR", 999_999_999_999, ""},
		{1_000_000_000_000, "EUR", 0, "amount.minorUnits"},
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

// The most that a pledge may be must be within what Stripe counts, in every currency.
func TestTheLargestPledgeOfEachCurrencyCanBeCharged(t *testing.T) {
	t.Parallel()
	n := 0
	for currency := range codes() {
		least, most, ok := pledge.Limits(currency)
		if !ok {
			continue
		}
		n++
		if minor, err := stripeapi.ToStripe("amount", most); err != nil || minor <= 0 {
			t.Errorf("%v: %d, %v", most, minor, err)
		}
		if least.MinorUnits <= 0 || least.MinorUnits > most.MinorUnits/100 || least.Currency != currency {
			t.Errorf("least %v of %v", least, most)
		}
	}
	if n < 135 {
		t.Errorf("%d currencies, fewer than Stripe takes", n)
	}
}

// codes are all words of three capitals.
func codes() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range 26 * 26 * 26 {
			if !yield(string([]byte{'A' + byte(i/676), 'A' + byte(i/26%26), 'A' + byte(i%26)})) {
				return
			}
		}
	}
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
