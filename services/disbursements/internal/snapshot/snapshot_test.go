package snapshot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
)

var euros = round.Round{
	Currency: "EUR", Step: 1000, Budgets: []round.Budget{{Fund: "funds/winter", Minor: 100}, {Fund: "funds/general", Minor: 200}},
}

func need(request string, cycle int32, capMinor int64) Need {
	return Need{
		AidRequest: request, Family: "families/f_1", Cycle: cycle, Part: 1, Tier: 2, Weight: 10, Currency: "EUR", Cap: capMinor,
		Minimum: 50, WaitingSince: "2026-10",
	}
}

func TestASnapshotHoldsWhatCanStillBeGiven(t *testing.T) {
	t.Parallel()
	other := need("b", 1, 900)
	other.Currency = "PLN"
	got := Take(euros, []Need{need("a", 2, 900), need("a", 1, 900), other}, []round.Held{{AidRequest: "a", Cycle: 1, Minor: 700}, {AidRequest: "a", Cycle: 2, Minor: 1000}, {AidRequest: "b", Cycle: 1, Minor: 5}}, nil)
	request := func(id string, capMinor int64) allocation.Request {
		return allocation.Request{
			ID: id, Tier: 2, Weight: 10, Cap: capMinor, Minimum: 50, WaitingSince: "2026-10",
			Funds: []string{"funds/general", "funds/winter"},
		}
	}
	want := allocation.Snapshot{
		Currency: "EUR", Step: 1000, Funds: []allocation.Fund{{Name: "funds/general", Money: 200}, {Name: "funds/winter", Money: 100}},
		Requests: []allocation.Request{request("a/cycles/1/parts/1", 200), request("a/cycles/2/parts/1", 0)},
	}
	if diff := cmp.Diff(want, got.Snapshot); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
	if n := got.Need("a/cycles/1/parts/1"); n.Cap != 900 || n.Family != "families/f_1" {
		t.Errorf("need: %+v", n)
	}
}
