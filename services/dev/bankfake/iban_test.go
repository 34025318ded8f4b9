package bankfake_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

func TestMadeUpAccountsAreWrittenAsRealOnesAndDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for n := range 200 {
		account := bankfake.IBAN(n)
		if _, err := iban.Parse(account); err != nil || seen[account] {
			t.Errorf("account %d is %s: %v, seen %t", n, account, err, seen[account])
		}
		seen[account] = true
	}
}
