package server

import (
	"context"
	"fmt"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

func (s *Server) roundProto(ctx context.Context, r round.Round) (*disbursementsv1.AllocationRound, error) {
	out := outsider(ctx)
	m := &disbursementsv1.AllocationRound{
		Name:         r.Name(),
		State:        disbursementsv1.AllocationRound_State(disbursementsv1.AllocationRound_State_value["STATE_"+string(r.State)]),
		CurrencyCode: r.Currency, Policy: &disbursementsv1.AllocationPolicy{StepMinorUnits: r.Step},
		OpenedBy: r.OpenedBy, CommittedBy: r.CommittedBy, SnapshotDigest: r.SnapshotDigest,
		CreateTime: stamp(r.Created, out), SimulateTime: optionalStamp(r.SimulatedAt, out), CommitTime: optionalStamp(r.CommittedAt, out),
	}
	if r.Refusal != "" {
		m.Refusal = disbursementsv1.AllocationRound_Refusal(disbursementsv1.AllocationRound_Refusal_value["REFUSAL_"+string(r.Refusal)])
	}
	for _, b := range r.Budgets {
		m.Budgets = append(m.Budgets, &disbursementsv1.Budget{Fund: b.Fund, Amount: moneyOf(b.Minor, r.Currency)})
	}
	if r.SnapshotDigest == nil {
		return m, nil
	}
	totals, err := s.Store.RoundTotals(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	m.Summary = summaryProto(r, totals)
	return m, nil
}

func summaryProto(r round.Round, t store.RoundTotals) *disbursementsv1.AllocationSummary {
	m := &disbursementsv1.AllocationSummary{HeldBackCount: t.HeldBack, RareAmountCount: t.Rare}
	for _, tier := range t.Tiers {
		m.Tiers = append(m.Tiers, &disbursementsv1.AllocationSummary_Tier{
			Tier: tier.Tier, RequestCount: tier.Requests, FundedCount: tier.Funded,
			Asked: moneyOf(tier.Asked, r.Currency), Allocated: moneyOf(tier.Allocated, r.Currency),
		})
	}
	allocated := map[string]int64{}
	for _, f := range t.Funds {
		allocated[f.Fund] = f.Minor
	}
	for _, b := range r.Budgets {
		m.Funds = append(m.Funds, &disbursementsv1.AllocationSummary_Fund{
			Fund: b.Fund, Allocated: moneyOf(allocated[b.Fund], r.Currency), Left: moneyOf(b.Minor-allocated[b.Fund], r.Currency),
		})
	}
	return m
}

// allocationProto writes an allocation; an outsider sees what the engine saw and
// nothing that names a family or what became of it.
func allocationProto(r round.Round, a store.Allocation, outsider bool) *disbursementsv1.Allocation {
	m := &disbursementsv1.Allocation{
		Name: fmt.Sprintf("%s/allocations/%d", r.Name(), a.Number), AidRequest: a.AidRequest, Cycle: a.Cycle, Part: a.Part,
		Tier: a.Tier, Running: a.Running, Weight: int32(a.Weight), Cap: moneyOf(a.Cap, r.Currency),
		Minimum: moneyOf(a.Minimum, r.Currency), WaitingSince: a.WaitingSince, EligibleFunds: a.EligibleFunds,
		Allocated: moneyOf(a.Amount, r.Currency), Level: a.Level,
		Reason:         disbursementsv1.Allocation_Reason(disbursementsv1.Allocation_Reason_value["REASON_"+a.Reason]),
		Outcome:        disbursementsv1.Allocation_Outcome(disbursementsv1.Allocation_Outcome_value["OUTCOME_"+string(a.Outcome)]),
		HeldBackReason: a.HeldBackReason,
	}
	for _, sh := range a.Shares {
		m.Shares = append(m.Shares, &disbursementsv1.Allocation_Share{Fund: sh.Fund, Amount: moneyOf(sh.Minor, r.Currency)})
	}
	if outsider {
		m.AidRequest, m.HeldBackReason, m.Cycle, m.Part = "", "", 0, 0
		m.Outcome = disbursementsv1.Allocation_OUTCOME_UNSPECIFIED
	}
	return m
}
