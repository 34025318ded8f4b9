package stripeapi

import (
	"fmt"
	"math"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// maxMinor is the largest charge of a card in Stripe's minor units: twelve digits.
// Source: Stripe, "Maximum charge amounts", as of 2026.
const maxMinor = 999_999_999_999

// rule is how Stripe counts a currency where that is not simply ISO 4217.
type rule struct {
	exponent int   // Stripe's decimals
	step     int64 // a charge must be a multiple of this, in Stripe's units
}

// rules holds the exceptions. Source: Stripe's list of zero-decimal, three-
// decimal and special-case currencies for API 2023-10-16. HUF and TWD are
// charged in hundredths as ISO has them; only their payouts are whole.
func rules(currency string) rule {
	switch currency {
	case "ISK", "UGX": // no decimals, but counted in hundredths that must be zero
		return rule{exponent: 2, step: 100}
	case "MGA": // ISO counts fifths as two decimals, Stripe none
		return rule{exponent: 0, step: 1}
	case "BHD", "JOD", "KWD", "OMR", "TND": // the last of three decimals must be 0
		return rule{exponent: 3, step: 10}
	}
	return rule{exponent: money.Exponent(currency), step: 1}
}

// ToStripe converts a positive amount into Stripe's minor units and checks that
// Stripe can count it so; what a pledge may be is judged by package pledge. The fault names field+".minorUnits" or
// field+".currencyCode".
func ToStripe(field string, a money.Amount) (int64, error) {
	if _, err := money.New(field, a.MinorUnits, a.Currency); err != nil {
		return 0, err
	}
	r := rules(a.Currency)
	minor, exact := scale(a.MinorUnits, r.exponent-money.Exponent(a.Currency))
	switch {
	case !exact && minor == math.MaxInt64, minor > maxMinor:
		return 0, fault.Field(field+".minorUnits", fault.FieldTooLarge, "is more than one card payment can be")
	case !exact, minor%r.step != 0:
		return 0, fault.Field(field+".minorUnits", fault.FieldNotPossible, "has more decimals than a card payment in this currency can have")
	}
	return minor, nil
}

// FromStripe converts Stripe's minor units, which may be negative, of a
// currency in Stripe's small letters. It fails where the result would not be
// exact.
func FromStripe(minor int64, currency string) (money.Amount, error) {
	code := strings.ToUpper(currency)
	if !money.Known(code) {
		return money.Amount{}, fmt.Errorf("currency that ISO 4217 does not have")
	}
	out, exact := scale(minor, money.Exponent(code)-rules(code).exponent)
	if !exact {
		return money.Amount{}, fmt.Errorf("amount in %s that has no exact minor units", code)
	}
	return money.Amount{MinorUnits: out, Currency: code}, nil
}

// scale multiplies n by ten to the power of by. Where that is not exact it
// says so; a product that is too large is math.MaxInt64 and not exact.
func scale(n int64, by int) (int64, bool) {
	for ; by > 0; by-- {
		if n > math.MaxInt64/10 || n < math.MinInt64/10 {
			return math.MaxInt64, false
		}
		n *= 10
	}
	exact := true
	for ; by < 0; by++ {
		exact = exact && n%10 == 0
		n /= 10
	}
	return n, exact
}

func lower(currency string) string { return strings.ToLower(currency) }
