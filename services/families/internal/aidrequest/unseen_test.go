package aidrequest_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// TestNoCaseworkerBringsMoreToUnseenFamilies tries any order of amounts.
func TestNoCaseworkerBringsMoreToUnseenFamilies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Int64Range(1, 1_000_000).Draw(t, "cap")
		unseen, got := aidrequest.Unseen{}, map[aidrequest.Brought]int64{}
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			b := aidrequest.Brought{Caseworker: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who"), Currency: rapid.SampledFrom([]string{"EUR", "PLN"}).Draw(t, "currency")}
			minor := rapid.Int64Range(1, 2*most).Draw(t, "amount")
			took := unseen.Take(b.Caseworker, money.Amount{MinorUnits: minor, Currency: b.Currency}, most)
			if took != (got[b]+minor <= most) {
				t.Fatalf("%v has %d: %d more was taken: %v", b, got[b], minor, took)
			}
			if took {
				got[b] += minor
			}
		}
	})
}
