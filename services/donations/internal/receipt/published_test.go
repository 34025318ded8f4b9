package receipt_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestSumsArePublishedRoundedAndOfTenPeopleOrMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency string
		people   int
		want     int64
		shown    bool
	}{
		{123_456, "EUR", 9, 0, false},
		{123_456, "EUR", 10, 123_500, true},
		{123_249, "EUR", 10, 123_000, true},
		{123_250, "EUR", 10, 123_500, true},
		{0, "EUR", 10, 0, true},
		{249, "EUR", 500, 0, true},
		{-249, "EUR", 10, 0, true},
		{-251, "EUR", 10, -500, true},
		{12, "JPY", 10, 10, true},
		{13, "JPY", 10, 15, true},
		{12_501, "KWD", 10, 15_000, true},
	} {
		got, shown := receipt.Publish(money.Amount{MinorUnits: c.minor, Currency: c.currency}, c.people)
		if got.MinorUnits != c.want || got.Currency != c.currency || shown != c.shown {
			t.Errorf("%d %s of %d: %v, %v", c.minor, c.currency, c.people, got, shown)
		}
	}
}

func TestAPublishedSumIsTheNearestStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(-1_000_000, 1_000_000_000_000).Draw(t, "minor")
		got, shown := receipt.Publish(money.Amount{MinorUnits: minor, Currency: "EUR"}, receipt.SmallestCell)
		if off := got.MinorUnits - minor; !shown || got.MinorUnits%500 != 0 || off > 250 || off < -250 {
			t.Errorf("%d is published as %v", minor, got)
		}
	})
}
