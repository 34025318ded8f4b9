package leaf

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Account is what has a balance: a path in a currency.
type Account struct {
	// Path is one of package account.
	Path string
	// Currency is an ISO 4217 code.
	Currency string
}

// Total is the balance of one account in one currency.
type Total struct {
	// Account is a path, Currency an ISO 4217 code.
	Account, Currency string
	// Balance is credits less debits in minor units.
	Balance int64
}

// Trial sums up a trial balance as a PeriodClose holds it: the totals by class,
// the number of lines and the digest over them. Accounts at zero do not count;
// the order of totals is changed. Totals that do not Fit have wrong sums.
func Trial(totals []Total) (figures []Figure, accounts int64, digest [32]byte) {
	slices.SortFunc(totals, func(a, b Total) int {
		if c := strings.Compare(a.Account, b.Account); c != 0 {
			return c
		}
		return strings.Compare(a.Currency, b.Currency)
	})
	sums, lines := map[Figure]int64{}, sha256.New()
	for _, t := range totals {
		if t.Balance == 0 {
			continue
		}
		accounts++
		fmt.Fprintf(lines, "%s %s %d\n", t.Account, t.Currency, t.Balance)
		class, _, _ := strings.Cut(t.Account, ":")
		sums[Figure{Class: class, Currency: t.Currency}] += t.Balance
	}
	for f, sum := range sums {
		if f.Balance = sum; sum != 0 {
			figures = append(figures, f)
		}
	}
	slices.SortFunc(figures, func(a, b Figure) int {
		if c := strings.Compare(a.Class, b.Class); c != 0 {
			return c
		}
		return strings.Compare(a.Currency, b.Currency)
	})
	return figures, accounts, [32]byte(lines.Sum(nil))
}
