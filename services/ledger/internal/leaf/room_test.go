package leaf_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// What fits has the sum of its class in any order of its lines; the largest amounts
// of the format do not fit.
func TestOnlyTotalsThatFitAreSummedUp(t *testing.T) {
	t.Parallel()
	if leaf.Fit([]leaf.Total{{Account: "asset:bank:a", Currency: "EUR", Balance: math.MaxInt64}, {Account: "asset:bank:b", Currency: "EUR", Balance: math.MaxInt64}}) {
		t.Error("two of the largest fit")
	}
	rapid.Check(t, func(t *rapid.T) {
		var totals []leaf.Total
		for i, minor := range rapid.SliceOfN(rapid.Int64(), 1, 6).Draw(t, "balances") {
			totals = append(totals, leaf.Total{Account: "asset:bank:" + string(rune('a'+i)), Currency: "EUR", Balance: minor})
		}
		if !leaf.Fit(totals) {
			return
		}
		var sum int64
		for _, total := range rapid.Permutation(totals).Draw(t, "order") {
			var err error
			if sum, err = money.Add(sum, total.Balance); err != nil {
				t.Fatalf("%v fit, but do not sum up", totals)
			}
		}
		if figures, _, _ := leaf.Trial(totals); sum != 0 && (len(figures) != 1 || figures[0].Balance != sum) {
			t.Fatalf("figures %v, want %d", figures, sum)
		}
	})
}
