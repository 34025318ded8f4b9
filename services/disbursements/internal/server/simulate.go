package server

import (
	"context"
	"fmt"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// requestPage is how many requests one call to families brings.
const requestPage = 500

// SimulateAllocationRound freezes a snapshot and computes the round.
func (s *Server) SimulateAllocationRound(ctx context.Context, req *disbursementsv1.SimulateAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	sim, err := s.simulate(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.Store.FreezeSnapshot(ctx, sim); err != nil {
		return nil, err
	}
	return s.round(ctx, id)
}

// simulate takes the snapshot and allocates it.
func (s *Server) simulate(ctx context.Context, r round.Round) (store.Simulation, error) {
	sim := store.Simulation{RoundID: r.ID, Person: person(ctx)}
	if err := s.affordable(ctx, r); err != nil {
		return sim, err
	}
	needs, err := s.needs(ctx, r)
	if err != nil {
		return sim, err
	}
	snapshot := needs.snapshot(r)
	list, err := allocation.Allocate(snapshot)
	if err != nil {
		return sim, fmt.Errorf("allocate round %s: %w", r.ID, err)
	}
	sim.Snapshot = snapshot.Encode()
	sim.Involved = needs.involved()
	for i, a := range list {
		sim.Allocations = append(sim.Allocations, needs[a.Request.ID].allocation(i+1, a))
	}
	return sim, nil
}

// needs are the fundable cycles by their id in the snapshot.
type needs map[string]need

// need is one part of a cycle, and what earlier parts of it already hold.
type need struct {
	*familiesv1.FundableRequest
	held int64
}

// needs asks families for everything that can be given money now.
func (s *Server) needs(ctx context.Context, r round.Round) (needs, error) {
	held, err := s.Store.LiveAwards(ctx)
	if err != nil {
		return nil, err
	}
	byCycle := make(map[string]int64, len(held))
	for _, h := range held {
		byCycle[cycleID(h.AidRequest, h.Cycle)] = h.Minor
	}
	all, token := needs{}, ""
	for {
		resp, err := s.Requests.ListFundableRequests(forOurselves(ctx), &familiesv1.ListFundableRequestsRequest{
			PageSize: requestPage, PageToken: token,
		})
		if err != nil {
			return nil, fmt.Errorf("list fundable requests: %w", err)
		}
		for _, f := range resp.GetFundableRequests() {
			if f.GetCap().GetCurrencyCode() == r.Currency {
				n := need{FundableRequest: f, held: byCycle[cycleID(f.GetAidRequest(), f.GetCycle())]}
				all[n.id()] = n
			}
		}
		if token = resp.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// cycleID names a cycle of a request.
func cycleID(request string, cycle int32) string { return fmt.Sprintf("%s/cycles/%d", request, cycle) }

// id orders and names a need in the snapshot.
func (n need) id() string {
	return fmt.Sprintf("%s/parts/%d", cycleID(n.GetAidRequest(), n.GetCycle()), n.GetPart())
}

// snapshot is what decides the round. Every fund of it accepts every request.
func (n needs) snapshot(r round.Round) allocation.Snapshot {
	s := allocation.Snapshot{Currency: r.Currency, Step: r.Step}
	var funds []string
	for _, b := range r.Budgets {
		s.Funds = append(s.Funds, allocation.Fund{Name: b.Fund, Money: b.Minor})
		funds = append(funds, b.Fund)
	}
	for id, f := range n {
		s.Requests = append(s.Requests, allocation.Request{
			ID: id, Tier: int(f.GetTier()), Running: f.GetRunning(), Weight: int64(f.GetWeight()),
			Cap: max(f.GetCap().GetMinorUnits()-f.held, 0), Minimum: f.GetMinimum().GetMinorUnits(),
			WaitingSince: f.GetWaitingSince(), Funds: funds,
		})
	}
	return s.Canonical()
}

// involved are the people who may not decide about this money.
func (n needs) involved() []string {
	seen := map[string]bool{}
	var people []string
	for _, f := range n {
		for _, p := range f.GetInvolvedPeople() {
			if !seen[p] {
				seen[p] = true
				people = append(people, p)
			}
		}
	}
	return people
}

// reasons are the names under which the store keeps them.
var reasons = map[allocation.Reason]string{
	allocation.CapReached: "CAP_REACHED", allocation.FundsExhausted: "FUNDS_EXHAUSTED",
	allocation.MinimumNotMet: "MINIMUM_NOT_MET", allocation.NoEligibleFund: "NO_ELIGIBLE_FUND",
	allocation.BelowStep: "BELOW_STEP",
}

func (n need) allocation(number int, a allocation.Allocation) store.Allocation {
	out := store.Allocation{
		Number: number, AidRequest: n.GetAidRequest(), Family: n.GetFamily(), Cycle: n.GetCycle(), Part: n.GetPart(),
		Tier: n.GetTier(), Running: n.GetRunning(), Weight: a.Request.Weight, Cap: a.Request.Cap, Minimum: a.Request.Minimum,
		WaitingSince: a.Request.WaitingSince, EligibleFunds: a.Request.Funds, Amount: a.Amount, Level: a.Level,
		Reason: reasons[a.Reason],
	}
	for _, sh := range a.Shares {
		out.Shares = append(out.Shares, store.FundShare{Fund: sh.Fund, Minor: sh.Amount})
	}
	return out
}

// ListAllocations lists what a round decided about each request.
func (s *Server) ListAllocations(ctx context.Context, req *disbursementsv1.ListAllocationsRequest) (*disbursementsv1.ListAllocationsResponse, error) {
	id, err := roundID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	p, err := s.Pager.Parse(req)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Allocations(ctx, id, numberKey(p), p.Size+1)
	if err != nil {
		return nil, err
	}
	list, more := cut(list, p)
	resp := &disbursementsv1.ListAllocationsResponse{}
	for _, a := range list {
		resp.Allocations = append(resp.Allocations, allocationProto(r, a, outsider(ctx)))
	}
	if more {
		resp.NextPageToken = s.Pager.Next(req, fmt.Sprint(list[len(list)-1].Number))
	}
	return resp, nil
}
