package server

import (
	"context"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// roundProtos writes rounds, each with what it came to.
func (s *Server) roundProtos(ctx context.Context, list ...round.Round) ([]*disbursementsv1.AllocationRound, error) {
	var simulated []string
	for _, r := range list {
		if r.SnapshotDigest != nil {
			simulated = append(simulated, r.ID)
		}
	}
	totals, err := s.Store.RoundTotals(ctx, simulated...)
	if err != nil {
		return nil, err
	}
	protos := make([]*disbursementsv1.AllocationRound, len(list))
	for i, r := range list {
		m := roundProto(r)
		m.AllowedActions, m.BlockedActions = s.acts.rounds.Of(identity.From(ctx), r)
		protos[i] = m
		if r.SnapshotDigest != nil {
			protos[i].Summary = summaryProto(r, totals[r.ID])
		}
	}
	return protos, nil
}

func (s *Server) roundProto(ctx context.Context, r round.Round) (*disbursementsv1.AllocationRound, error) {
	protos, err := s.roundProtos(ctx, r)
	if err != nil {
		return nil, err
	}
	return protos[0], nil
}

func roundProto(r round.Round) *disbursementsv1.AllocationRound {
	m := &disbursementsv1.AllocationRound{
		Name:         r.Name(),
		State:        enum.Value[disbursementsv1.AllocationRoundState](r.State),
		Refusal:      enum.Value[disbursementsv1.AllocationRoundRefusal](r.Refusal),
		CurrencyCode: r.Currency, Policy: &disbursementsv1.AllocationPolicy{StepMinorUnits: r.Step},
		OpenedBy: r.OpenedBy, CommittedBy: r.CommittedBy, SnapshotDigest: r.SnapshotDigest,
		CreateTime: rpc.Moment(r.Created), SimulateTime: optionalMoment(r.SimulatedAt), CommitTime: optionalMoment(r.CommittedAt),
	}
	m.NarrowFunds = r.NarrowFunds
	for _, b := range r.Budgets {
		m.Budgets = append(m.Budgets, &disbursementsv1.Budget{Fund: b.Fund, Amount: moneyOf(b.Minor, r.Currency)})
	}
	return m
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
