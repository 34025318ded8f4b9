package money_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestOnlyPositiveAmountsOfCurrentCurrenciesAreTaken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		minor    int64
		currency string
		field    string // wrong field, empty where the amount is good
	}{
		{"a gift", 5000, "EUR", ""},
		{"the largest", math.MaxInt64, "JPY", ""},
		{"zero", 0, "EUR", "amount.minorUnits"},
		{"negative", -1, "EUR", "amount.minorUnits"},
		{"lower case", 1, "eur", "amount.currencyCode"},
		{"unknown", 1, "XYZ", "amount.currencyCode"},
		{"retired", 1, "DEM", "amount.currencyCode"},
		{"gold has no minor units", 1, "XAU", "amount.currencyCode"},
		{"empty", 1, "", "amount.currencyCode"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := money.New("amount", test.minor, test.currency)
			switch f := fault.As(err); {
			case test.field == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.field != "" && (f == nil || f.Violations[0].Field != test.field):
				t.Errorf("got %v, want a violation of %s", err, test.field)
			}
		})
	}
}

func TestWholeUnitsHaveTheMinorUnitsOfTheirCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		units    int64
		currency string
		want     int64
	}{
		{100, "EUR", 100_00}, {100, "JPY", 100}, {100, "KWD", 100_000}, {-1, "CLF", -10_000}, {0, "EUR", 0},
		{1, "HRK", 100}, // retired, and in books for ever
		{math.MaxInt64 / 100, "EUR", math.MaxInt64 / 100 * 100}, {math.MaxInt64/100 + 1, "EUR", math.MaxInt64},
		{math.MinInt64 / 10, "EUR", math.MinInt64}, {math.MaxInt64, "JPY", math.MaxInt64},
	} {
		if got := money.Whole(c.units, c.currency); got != c.want {
			t.Errorf("%d %s is %d minor units, want %d", c.units, c.currency, got, c.want)
		}
	}
}

func TestDecimalsAreWrittenAndReadByTheCurrencysExponent(t *testing.T) {
	t.Parallel()
	for text, a := range map[string]money.Amount{
		"50.00":                {MinorUnits: 5000, Currency: "EUR"},
		"0.05":                 {MinorUnits: 5, Currency: "EUR"},
		"7":                    {MinorUnits: 7, Currency: "JPY"},
		"0.001":                {MinorUnits: 1, Currency: "KWD"},
		"92233720368547758.07": {MinorUnits: math.MaxInt64, Currency: "EUR"},
	} {
		if got := a.Decimal(); got != text {
			t.Errorf("%d %s is written %q, want %q", a.MinorUnits, a.Currency, got, text)
		}
		if got, err := money.ParseDecimal(text, a.Currency); err != nil || got != a.MinorUnits {
			t.Errorf("%q %s is read as %d, %v", text, a.Currency, got, err)
		}
	}
	if got := (money.Amount{MinorUnits: math.MinInt64, Currency: "EUR"}).Decimal(); got != "-92233720368547758.08" {
		t.Errorf("the smallest amount is written %q", got)
	}
}

func TestCodesThatHaveLeftTheListAreReadAndNotTaken(t *testing.T) {
	t.Parallel()
	if money.Known("BGN") || !money.Defined("BGN") || !money.Defined("EUR") || money.Defined("XXX") {
		t.Error("BGN is current, or unknown")
	}
	if _, err := money.New("amount", 1, "BGN"); fault.As(err) == nil {
		t.Error("a new amount in BGN is taken")
	}
	if got := (money.Amount{MinorUnits: -5, Currency: "BGN"}).String(); got != "-0.05 BGN" {
		t.Errorf("got %s", got)
	}
}

func TestDecimalsThatAreNotExactAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", ".", "1.", ".5", "-1", "+1", "1e3", "1,00", " 1", "1 ", "1.001", "0x1", "NaN", "1.0.0", "92233720368547758.08", "١"} {
		if got, err := money.ParseDecimal(text, "EUR"); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
	if got, err := money.ParseDecimal("1.5000", "EUR"); err != nil || got != 150 {
		t.Errorf("trailing zeros: got %d, %v", got, err)
	}
	if _, err := money.ParseDecimal("1", "XXX"); err == nil {
		t.Error("an unknown currency is read")
	}
}

func TestSplittingLosesNoCentAndIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Min(0).Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/16), 1, 12).Draw(t, "weights")
		parts, err := money.Split(total, weights)
		var sumWeights int64
		for _, w := range weights {
			sumWeights += w
		}
		if sumWeights == 0 {
			if err == nil {
				t.Fatal("split by nothing")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for i, p := range parts {
			sum += p
			exact := float64(total) * (float64(weights[i]) / float64(sumWeights)) // only to compare
			if p < 0 || math.Abs(float64(p)-exact) > 1+1e-9*exact {
				t.Fatalf("part %d is %d, its share is %f", i, p, exact)
			}
		}
		if sum != total {
			t.Fatalf("the parts add up to %d, not %d", sum, total)
		}
	})
}

func TestRemaindersGoToTheLargestTiesToTheEarlier(t *testing.T) {
	t.Parallel()
	parts, err := money.Split(100, []int64{1, 1, 1})
	if err != nil || parts[0] != 34 || parts[1] != 33 || parts[2] != 33 {
		t.Errorf("100 by 1:1:1 is %v, %v", parts, err)
	}
	parts, err = money.Split(10, []int64{5, 3, 8})
	if err != nil || parts[0] != 3 || parts[1] != 2 || parts[2] != 5 {
		t.Errorf("10 by 5:3:8 is %v, %v", parts, err)
	}
}

func TestSumsThatOverflowAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := money.Add(math.MaxInt64, 1); !fault.Is(err, "AMOUNT_OVERFLOW") {
		t.Errorf("got %v", err)
	}
	if _, err := money.Add(math.MinInt64, -1); !fault.Is(err, "AMOUNT_OVERFLOW") {
		t.Errorf("got %v", err)
	}
	if got, err := money.Add(2, -5); err != nil || got != -3 {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestTheCurrencyTableIsISO4217(t *testing.T) {
	t.Parallel()
	data := os.Getenv("SOLIDARITY_DATA")
	if data == "" {
		t.Skip("SOLIDARITY_DATA is not set: the list of currencies is not here")
	}
	f, err := os.Open(filepath.Join(data, "currency", "iso4217.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	current := map[string]int{}
	for _, r := range rows[1:] {
		if exponent, err := strconv.Atoi(r[4]); err == nil && r[2] != "" && r[5] == "" {
			current[r[2]] = exponent
		}
	}
	for _, r := range rows[1:] {
		code := r[2]
		exponent, want := current[code]
		if money.Known(code) != want || (want && money.Exponent(code) != exponent) {
			t.Errorf("%s: known %v with %d decimals, want %v with %d", code, money.Known(code), money.Exponent(code), want, exponent)
		}
	}
}
