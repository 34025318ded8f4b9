package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/snapshot"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// requestPage is how many requests one call to families brings.
const requestPage = 500

// SimulateAllocationRound freezes a snapshot and computes the round.
func (s *Server) SimulateAllocationRound(ctx context.Context, req *disbursementsv1.SimulateAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if err := s.freeze(ctx, id); err != nil {
			return nil, err
		}
	}
	return s.round(ctx, id)
}

// freeze simulates a round and keeps its snapshot.
func (s *Server) freeze(ctx context.Context, id string) error {
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Store.MayFreeze(ctx, id); err != nil {
		return err
	}
	sim, err := s.simulate(ctx, r)
	if err != nil {
		return err
	}
	leaf, err := s.record(ctx, posting.RoundSnapshot(posting.RoundStep{Round: id, Person: personID(ctx), Digest: sim.Digest()}))
	if err != nil {
		return err
	}
	sim.Sequence = leaf.Sequence
	return s.Store.FreezeSnapshot(ctx, sim)
}

// simulate takes the snapshot and allocates it.
func (s *Server) simulate(ctx context.Context, r round.Round) (store.Simulation, error) {
	sim := store.Simulation{RoundID: r.ID, Person: person(ctx)}
	if err := s.affordable(ctx, r); err != nil {
		return sim, err
	}
	rules, err := s.rulesOf(ctx, r)
	if err != nil {
		return sim, err
	}
	needs, err := s.needs(ctx)
	if err != nil {
		return sim, err
	}
	held, err := s.Store.LiveAwards(ctx, cyclesOf(needs))
	if err != nil {
		return sim, err
	}
	snap := snapshot.Take(r, needs, held, rules)
	list, err := allocation.Allocate(snap.Snapshot)
	if err != nil {
		return sim, fmt.Errorf("allocate round %s: %w", r.ID, err)
	}
	sim.Snapshot, sim.NarrowFunds = snap.Encode(), snap.Narrow
	for i, a := range shuffled(list) {
		sim.Allocations = append(sim.Allocations, allocated(i+1, snap.Need(a.Request.ID), a))
	}
	return sim, nil
}

// cyclesOf are the cycles that something is needed for.
func cyclesOf(needs []snapshot.Need) []store.RequestCycle {
	cycles := make([]store.RequestCycle, len(needs))
	for i, n := range needs {
		cycles[i] = store.RequestCycle{AidRequest: n.AidRequest, Cycle: n.Cycle}
	}
	return cycles
}

// shuffled puts allocations into a new random order: numbered in the order of
// their requests, those of one family would stand together in every round.
func shuffled(list []allocation.Allocation) []allocation.Allocation {
	keys := make(map[string]string, len(list))
	for _, a := range list {
		keys[a.Request.ID] = rand.Text()
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b allocation.Allocation) int {
		return strings.Compare(keys[a.Request.ID], keys[b.Request.ID])
	})
	return list
}

// needs asks families for everything that can be given money now.
func (s *Server) needs(ctx context.Context) ([]snapshot.Need, error) {
	var all []snapshot.Need
	for token := ""; ; {
		resp, err := s.Requests.ListFundableRequests(forOurselves(ctx), &familiesv1.ListFundableRequestsRequest{
			PageSize: requestPage, PageToken: token,
		})
		if err != nil {
			return nil, fmt.Errorf("list fundable requests: %w", err)
		}
		for _, f := range resp.GetFundableRequests() {
			all = append(all, snapshot.Need{
				AidRequest: f.GetAidRequest(), Family: f.GetFamily(), Cycle: f.GetCycle(), Part: f.GetPart(), Tier: f.GetTier(),
				Running: f.GetRunning(), Weight: int64(f.GetWeight()), Currency: f.GetCap().GetCurrencyCode(),
				Cap: f.GetCap().GetMinorUnits(), Minimum: f.GetMinimum().GetMinorUnits(), WaitingSince: f.GetWaitingSince(),
				Attributes: eligibility.Of(f.GetAttributes()),
			})
		}
		if token = resp.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// allocated is what is kept of an allocation.
func allocated(number int, n snapshot.Need, a allocation.Allocation) store.Allocation {
	out := store.Allocation{
		Number: number, AidRequest: n.AidRequest, Family: n.Family, Cycle: n.Cycle, Part: n.Part,
		Tier: n.Tier, Running: n.Running, Weight: a.Request.Weight, Cap: a.Request.Cap, Minimum: a.Request.Minimum,
		WaitingSince: a.Request.WaitingSince, EligibleFunds: a.Request.Funds, Amount: a.Amount, Level: a.Level,
		Reason: a.Reason,
	}
	for _, sh := range a.Shares {
		out.Shares = append(out.Shares, store.FundShare{Fund: sh.Fund, Minor: sh.Amount})
	}
	return out
}
