package account_test

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

// sources are the ordered sources of a fact about fund "a", and whether it has
// happened outside, so that it must be booked.
var sources = map[string]struct {
	got     []string
	want    []string
	outside bool
}{
	"FeeSources":         {account.FeeSources("a"), []string{"fund:a:clearing", "deficit:a"}, true},
	"PromisedFeeSources": {account.PromisedFeeSources("a"), []string{"fund:operations:available", "deficit:a"}, true},
	"ExcessFeeSources":   {account.ExcessFeeSources("a"), []string{"deficit:a"}, true},
	"RefundSources":      {account.RefundSources("a"), []string{"fund:a:clearing", "fund:a:available", "fund:reserve:available"}, false},
	"TakenSources": {account.TakenSources("a"),
		[]string{"fund:a:clearing", "fund:a:available", "fund:reserve:available", "deficit:a"}, true},
	"ClearedRefundSources": {account.ClearedRefundSources("a"), []string{"fund:a:available", "fund:reserve:available"}, false},
	"ClearedTakenSources":  {account.ClearedTakenSources("a"), []string{"fund:a:available", "fund:reserve:available", "deficit:a"}, true},
	"LackSources":          {account.LackSources(), []string{"fund:operations:available", "deficit:operations"}, true},
	"ChargeSources":        {account.ChargeSources(), []string{"fund:operations:available", "deficit:operations"}, true},
	"LostCashSources":      {account.LostCashSources(), []string{"fund:reserve:available", "deficit:reserve"}, true},
}

func TestEachFactHasItsSourcesInOrder(t *testing.T) {
	t.Parallel()
	for name, s := range sources {
		if !slices.Equal(s.got, s.want) {
			t.Errorf("%s: %v, want %v", name, s.got, s.want)
		}
		wantTakeable(t, name, s.got, s.outside)
	}
	if got := exported(t, "sources.go"); !slices.Equal(got, keys(sources)) {
		t.Errorf("sources.go has %v, the table above %v", got, keys(sources))
	}
}

// wantTakeable checks what the ledger asks of ordered sources: each is an account,
// named once, and only the last one may have no limit; it has none exactly for a
// fact that has happened outside.
func wantTakeable(t *testing.T, name string, paths []string, outside bool) {
	t.Helper()
	for i, path := range paths {
		p, err := account.Parse(path)
		last := i == len(paths)-1
		if err != nil || p.Limited == (last && outside) || slices.Contains(paths[:i], path) {
			t.Errorf("%s: source %d is %s: %+v, %v", name, i, path, p, err)
		}
	}
}

// What is said about a fund must hold for the funds that carry others, too.
func TestTheReserveAndOperationsCarryTheirOwn(t *testing.T) {
	t.Parallel()
	for _, fund := range []string{account.OperationsFund, account.ReserveFund, account.EmergencyFund} {
		for name, paths := range map[string][]string{
			"fee": account.FeeSources(fund), "promised fee": account.PromisedFeeSources(fund), "taken": account.TakenSources(fund), "taken for good": account.ClearedTakenSources(fund),
		} {
			wantTakeable(t, name+" of "+fund, paths, true)
		}
		wantTakeable(t, "refund of "+fund, account.RefundSources(fund), false)
		wantTakeable(t, "later refund of "+fund, account.ClearedRefundSources(fund), false)
	}
}
