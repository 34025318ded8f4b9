package server_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

// pupil makes a request one that funds/pupils is for.
func pupil(r *familiesv1.FundableRequest) {
	r.Attributes = &familiesv1.RequestAttributes{
		Category: familiesv1.AidCategory_AID_CATEGORY_CHILDREN_SCHOOL, Family: &familiesv1.FamilyAttributes{Children: 2, CountryCode: "LT"},
	}
}

// A restricted euro reaches only eligible families, and none where they are fewer than
// ten.
func TestRestrictedMoneyReachesEligibleFamiliesOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.SetAvailable("pupils", 100_000)
	b.ledger.SetAvailable("general", 1_000)
	// Given nine families with pupils, one of them with two requests, and ten others,
	for i := range 9 {
		pupil(b.families.need(i, 5_000))
	}
	pupil(b.families.need(8, 5_000))
	for i := range 10 {
		b.families.need(20+i, 5_000)
	}
	r := must[*disbursementsv1.AllocationRound](t, "create")(b.create(1_000, budget("pupils", 100_000), budget("general", 1_000)))
	// then the fund is too narrow, the round says so, and it gives nothing.
	sim := b.simulate(r.GetName())
	if !slices.Equal(sim.GetNarrowFunds(), []string{"funds/pupils"}) || sim.GetSummary().GetFunds()[0].GetAllocated().GetMinorUnits() != 0 {
		t.Errorf("with nine families: %v", sim)
	}
	// With a tenth family it gives to these, and to nobody else.
	pupil(b.families.need(9, 5_000))
	sim = b.simulate(r.GetName())
	if len(sim.GetNarrowFunds()) != 0 || sim.GetSummary().GetFunds()[0].GetAllocated().GetMinorUnits() != 11*5_000 {
		t.Errorf("with ten families: %v", sim)
	}
	eligible := map[string]bool{}
	for i := range 10 {
		eligible[fmt.Sprintf("families/f_%d", i)] = true
	}
	for _, a := range b.allocations(r.GetName()) {
		family, _, _ := strings.Cut(a.GetAidRequest(), "/aidRequests/")
		for _, share := range a.GetShares() {
			if share.GetFund() == "funds/pupils" && !eligible[family] {
				t.Errorf("%s gets of funds/pupils", family)
			}
		}
		if slices.Contains(a.GetEligibleFunds(), "funds/pupils") != eligible[family] {
			t.Errorf("%s may draw on %v", family, a.GetEligibleFunds())
		}
	}
	if _, err := b.commit(r.GetName()); err != nil {
		t.Fatal(err)
	}
	if got := b.ledger.Balance("fund:pupils:available"); got != 100_000-11*5_000 {
		t.Errorf("the fund has %d left", got)
	}
	// The attributes are nowhere in what is kept.
	var kept []byte
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT snapshot FROM allocation_rounds`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if len(kept) == 0 || bytes.Contains(kept, []byte("SCHOOL")) || bytes.Contains(kept, []byte("LT")) {
		t.Errorf("kept is %s", kept)
	}
}
