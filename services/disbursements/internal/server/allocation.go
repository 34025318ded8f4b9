package server

import (
	"context"
	"strconv"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ListAllocations lists what a round decided about each request.
func (s *Server) ListAllocations(ctx context.Context, req *disbursementsv1.ListAllocationsRequest) (*disbursementsv1.ListAllocationsResponse, error) {
	id, err := roundID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if err := there(id, func() error { _, err := s.Store.Round(ctx, id); return err }); err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.Allocation, error) {
		return s.Store.Allocations(ctx, id, p)
	}, func(r store.Allocation) []string {
		return append([]string{r.RoundID}, page.Numbered(int64(r.Number))...)
	})
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListAllocationsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Allocations = append(resp.Allocations, allocationProto(row))
	}
	return resp, nil
}

// allocationProto writes an allocation.
func allocationProto(a store.Allocation) *disbursementsv1.Allocation {
	m := &disbursementsv1.Allocation{
		Name: resource.Allocation.Of(a.RoundID, strconv.Itoa(a.Number)), AidRequest: a.AidRequest, Cycle: a.Cycle, Part: a.Part,
		Tier: a.Tier, Running: a.Running, Weight: int32(a.Weight), Cap: moneyOf(a.Cap, a.Currency),
		Minimum: moneyOf(a.Minimum, a.Currency), WaitingSince: a.WaitingSince, EligibleFunds: a.EligibleFunds,
		Allocated: moneyOf(a.Amount, a.Currency), Level: a.Level,
		Reason:         enum.Value[disbursementsv1.AllocationReason](a.Reason),
		Outcome:        enum.Value[disbursementsv1.AllocationOutcome](a.Outcome),
		HeldBackReason: a.HeldBackReason,
	}
	for _, sh := range a.Shares {
		m.Shares = append(m.Shares, &disbursementsv1.Allocation_Share{Fund: sh.Fund, Amount: moneyOf(sh.Minor, a.Currency)})
	}
	return m
}
