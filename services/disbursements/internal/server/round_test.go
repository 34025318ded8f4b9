package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// allocations lists a round's allocations by request: they are numbered at random.
func (b *bench) allocations(round string) []*disbursementsv1.Allocation {
	b.t.Helper()
	list := must[*disbursementsv1.ListAllocationsResponse](b.t, "list allocations")(b.treasurer("reader").rounds.ListAllocations(
		context.Background(), &disbursementsv1.ListAllocationsRequest{Parent: round})).GetAllocations()
	slices.SortFunc(list, func(x, y *disbursementsv1.Allocation) int {
		return strings.Compare(x.GetAidRequest(), y.GetAidRequest())
	})
	return list
}

func TestARoundSetsMoneyAsideForTheNeedsItSaw(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Given two families in need of 100.00 and 300.00, and 200.00 of money,
	b.families.need(1, 10_000)
	b.families.need(2, 30_000)
	b.ledger.SetAvailable("general", 25_000)
	name := b.open(20_000)
	// when the round is simulated and committed,
	sim := b.simulate(name)
	if got := sim.GetSummary().GetTiers()[0].GetAllocated().GetMinorUnits(); got != 20_000 || len(sim.GetSnapshotDigest()) != 32 {
		t.Fatalf("simulated: %v", sim)
	}
	r, err := b.commit(name)
	if err != nil || r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_COMMITTED {
		t.Fatalf("committed: %v, %v", r, err)
	}
	// then each has 100.00 in an award, booked, with the reason.
	list := b.allocations(name)
	if len(list) != 2 || list[0].GetReason() != disbursementsv1.AllocationReason_ALLOCATION_REASON_CAP_REACHED ||
		list[1].GetReason() != disbursementsv1.AllocationReason_ALLOCATION_REASON_FUNDS_EXHAUSTED || list[1].GetLevel() != "1000" {
		t.Errorf("allocations: %v", list)
	}
	if got := b.ledger.Sum("award:"); got != 20_000 {
		t.Errorf("awards hold %d", got)
	}
	if got := b.ledger.Sum("fund:general:available") + b.ledger.Sum("round:"); got != 5_000 {
		t.Errorf("fund and round hold %d", got)
	}
	if b.families.states("AWARDED") != 2 {
		t.Error("families do not know")
	}
}

func TestABudgetAboveTheFundIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.SetAvailable("general", 9_999)
	_, err := b.treasurer("opener").rounds.CreateAllocationRound(context.Background(), &disbursementsv1.CreateAllocationRoundRequest{
		AllocationRound: &disbursementsv1.AllocationRound{
			CurrencyCode: "EUR", Budgets: []*disbursementsv1.Budget{{Fund: "funds/general", Amount: postingtest.Money(10_000)}},
		},
	})
	refused(t, "create", err, "INSUFFICIENT_FUNDS")
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "budgets[0].amount.minorUnits" {
		t.Errorf("violations: %v", err)
	}
}

func TestAWrongRoundNamesTheField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.SetAvailable("general", 1_000_000)
	for _, test := range []struct {
		name, field string
		round       *disbursementsv1.AllocationRound
	}{
		{"none", "currencyCode", nil},
		{"unknown currency", "currencyCode", &disbursementsv1.AllocationRound{CurrencyCode: "DDM"}},
		{"no budget", "budgets", &disbursementsv1.AllocationRound{CurrencyCode: "EUR"}},
		{"unknown fund", "budgets[0].fund", roundOf("EUR", "funds/nowhere", postingtest.Money(100))},
		{"fund for costs", "budgets[0].fund", roundOf("EUR", "funds/operations", postingtest.Money(100))},
		{"no fund", "budgets[0].fund", roundOf("EUR", "general", postingtest.Money(100))},
		{"nothing", "budgets[0].amount.minorUnits", roundOf("EUR", "funds/general", postingtest.Money(0))},
		{"negative", "budgets[0].amount.minorUnits", roundOf("EUR", "funds/general", postingtest.Money(-5))},
		{"no amount", "budgets[0].amount", roundOf("EUR", "funds/general", nil)},
		{"other currency", "budgets[0].amount.currencyCode", roundOf("EUR", "funds/general", &typev1.Money{MinorUnits: 1, CurrencyCode: "USD"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.treasurer("opener").rounds.CreateAllocationRound(context.Background(),
				&disbursementsv1.CreateAllocationRoundRequest{AllocationRound: test.round})
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != test.field {
				t.Errorf("%v, want field %s", err, test.field)
			}
		})
	}
}

func roundOf(currency, fund string, amount *typev1.Money) *disbursementsv1.AllocationRound {
	return &disbursementsv1.AllocationRound{CurrencyCode: currency, Budgets: []*disbursementsv1.Budget{{Fund: fund, Amount: amount}}}
}

func TestACancelledAwardGoesBackToItsFundAndItsRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(1)
	awards := must[*disbursementsv1.ListAwardsResponse](t, "list awards")(b.treasurer("t").awards.ListAwards(
		context.Background(), &disbursementsv1.ListAwardsRequest{Source: &disbursementsv1.ListAwardsRequest_AllocationRound{AllocationRound: round}})).GetAwards()
	a, err := b.treasurer("t").awards.CancelAward(context.Background(), &disbursementsv1.CancelAwardRequest{Name: awards[0].GetName(), RequestId: key()})
	if err != nil || a.GetState() != disbursementsv1.AwardState_AWARD_STATE_CANCELLED {
		t.Fatalf("cancel: %v, %v", a, err)
	}
	b.drain()
	if b.ledger.Sum("fund:general:available") != 10_000 || b.ledger.Sum("award:") != 0 || b.families.states("APPROVED") != 1 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
	// And the request can be awarded again.
	again := b.open(10_000)
	b.simulate(again)
	if _, err := b.commit(again); err != nil || b.ledger.Sum("award:") != 10_000 {
		t.Errorf("award again: %v", err)
	}
}

func TestAwardsAreListedByWhatMadeThem(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	round, grant := b.committed(1), resource.NewID(resource.KindEmergencyGrant)
	if _, err := b.db.Pool.Exec(ctx, `
		INSERT INTO awards (id, state, emergency_grant_id, emergency_approvers, fund, currency, minor_units, aid_request, family, cycle, part, filled, created_at, version, mac)
		VALUES ($1, 'AVAILABLE', $2, '{staff/s_1,staff/s_2}', 'funds/emergency', 'EUR', 30000, 'families/f_9/aidRequests/a_1', 'families/f_9', 1, 1, true, now(), 1, sha256('x'))`,
		resource.NewID(resource.KindAward), grant); err != nil {
		t.Fatal(err)
	}
	list := func(req *disbursementsv1.ListAwardsRequest) []*disbursementsv1.Award {
		return must[*disbursementsv1.ListAwardsResponse](t, "list awards")(b.treasurer("t").awards.ListAwards(ctx, req)).GetAwards()
	}
	if all := list(&disbursementsv1.ListAwardsRequest{}); len(all) != 2 {
		t.Errorf("all awards: %v", all)
	}
	of := list(&disbursementsv1.ListAwardsRequest{Source: &disbursementsv1.ListAwardsRequest_AllocationRound{AllocationRound: round}})
	if len(of) != 1 || of[0].GetAllocationRound() != round || of[0].GetEmergencyGrant() != "" {
		t.Errorf("awards of the round: %v", of)
	}
	of = list(&disbursementsv1.ListAwardsRequest{Source: &disbursementsv1.ListAwardsRequest_EmergencyGrant{EmergencyGrant: "emergencyGrants/" + grant}})
	if len(of) != 1 || of[0].GetEmergencyGrant() != "emergencyGrants/"+grant || of[0].GetFund() != "funds/emergency" {
		t.Errorf("awards of the grant: %v", of)
	}
}
