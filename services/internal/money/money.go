// Package money holds amounts in whole minor units of an ISO 4217 currency and
// the arithmetic on them that the books allow: exact, checked, never rounded by
// accident.
package money

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Amount is a number of whole minor units of a currency.
type Amount struct {
	// MinorUnits counts cents, fils or whole units, by the currency's exponent.
	MinorUnits int64
	// Currency is an ISO 4217 code in capitals.
	Currency string
}

// New checks a positive amount of a known currency; field names it in the
// fault, "amount" becoming "amount.minorUnits" or "amount.currencyCode".
func New(field string, minor int64, currency string) (Amount, error) {
	if _, ok := exponents[currency]; !ok {
		return Amount{}, fault.Field(field+".currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
	}
	if minor <= 0 {
		return Amount{}, fault.Field(field+".minorUnits", fault.FieldNotPositive, "must be greater than zero")
	}
	return Amount{MinorUnits: minor, Currency: currency}, nil
}

// Known reports whether code is a current ISO 4217 currency.
func Known(code string) bool {
	_, ok := exponents[code]
	return ok
}

// Defined reports whether code is a current ISO 4217 currency or one that has left
// the list and may stand in books.
func Defined(code string) bool {
	if Known(code) {
		return true
	}
	_, ok := retired[code]
	return ok
}

// Exponent returns the number of decimal digits of a defined currency.
func Exponent(code string) int {
	if e, ok := exponents[code]; ok {
		return e
	}
	return retired[code]
}

// Whole returns so many whole units of a defined currency in its minor units: 100 is
// 10000 in EUR, 100 in JPY. What does not fit is math.MaxInt64, and below zero
// math.MinInt64: a bound that nothing reaches.
func Whole(units int64, currency string) int64 {
	for range Exponent(currency) {
		switch {
		case units > math.MaxInt64/10:
			return math.MaxInt64
		case units < math.MinInt64/10:
			return math.MinInt64
		}
		units *= 10
	}
	return units
}

// Add returns a+b; it fails on overflow.
func Add(a, b int64) (int64, error) {
	s := a + b
	if (b > 0 && s < a) || (b < 0 && s > a) {
		return 0, fault.New(fault.Invalid, fault.ReasonAmountOverflow, "The sum of the amounts is too large.")
	}
	return s, nil
}

// String writes the amount with its decimals, for example "50.00 EUR".
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }

// Decimal writes the number with the currency's decimals, for example "-0.05".
func (a Amount) Decimal() string {
	digits := strconv.FormatUint(magnitude(a.MinorUnits), 10)
	e := Exponent(a.Currency)
	if pad := e + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	if e > 0 {
		digits = digits[:len(digits)-e] + "." + digits[len(digits)-e:]
	}
	if a.MinorUnits < 0 {
		digits = "-" + digits
	}
	return digits
}

// ParseDecimal reads a decimal such as "50.00" into minor units of currency. It
// accepts fewer decimals than the currency has, and more only where they are
// zero; signs, exponents, spaces and separators are refused.
func ParseDecimal(text, currency string) (int64, error) {
	e, ok := exponents[currency]
	if !ok {
		return 0, fmt.Errorf("unknown currency")
	}
	whole, frac, _ := strings.Cut(text, ".")
	if whole == "" || !digits(whole) || !digits(frac) || strings.HasSuffix(text, ".") {
		return 0, fmt.Errorf("not a decimal number")
	}
	if len(frac) > e {
		if strings.Trim(frac[e:], "0") != "" {
			return 0, fmt.Errorf("more decimals than %s has", currency)
		}
		frac = frac[:e]
	}
	frac += strings.Repeat("0", e-len(frac))
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("number too large")
	}
	return n, nil
}

// Split divides total by weights so that the parts add up to it exactly, by the
// largest remainder, ties to the earlier part. Weights must not be negative nor
// all zero.
func Split(total int64, weights []int64) ([]int64, error) {
	var sum int64
	for _, w := range weights {
		if w < 0 || sum > math.MaxInt64-w {
			return nil, fmt.Errorf("split: weights negative or too large")
		}
		sum += w
	}
	if sum == 0 || total < 0 {
		return nil, fmt.Errorf("split: nothing to split by")
	}
	parts := make([]int64, len(weights))
	rest := make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		q, r := mulDiv(uint64(total), uint64(w), uint64(sum))
		parts[i], rest[i], order[i] = int64(q), r, i
		left -= int64(q)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rest[a] > rest[b]:
			return -1
		case rest[a] < rest[b]:
			return 1
		}
		return 0
	})
	for i := range left {
		parts[order[i]]++
	}
	return parts, nil
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
