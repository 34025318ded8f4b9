package statement

import "github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"

// Fit reports whether every sum that statements make of the totals fits into 64
// bits: it does where the sum without signs fits, in each currency.
func Fit(totals []Total) bool {
	by := map[string]*leaf.Room{}
	for _, t := range totals {
		if by[t.Currency] == nil {
			by[t.Currency] = new(leaf.Room)
		}
		if r := by[t.Currency]; !r.Take(t.Before) || !r.Take(t.Within) {
			return false
		}
	}
	return true
}
