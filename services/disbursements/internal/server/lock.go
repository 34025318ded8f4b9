package server

import (
	"context"
	"fmt"
	"slices"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// digestAtOnce is how many families are asked for in one call.
const digestAtOnce = 500

// prepareLock asks families where the plan's payments go, as digests, and gives each
// payment its leaf.
func (s *Server) prepareLock(ctx context.Context, planID string) (store.Prepared, error) {
	p, err := s.Store.Plan(ctx, planID)
	if err != nil {
		return store.Prepared{}, err
	}
	accounts := map[string][]byte{}
	if p.Prepared != p.Version {
		if accounts, err = s.accounts(ctx, p.ID, p.Rail); err != nil {
			return store.Prepared{}, err
		}
	}
	return s.Store.PrepareLock(ctx, planID, person(ctx), accounts)
}

// accounts are the digests of where a plan's families are paid over a rail.
func (s *Server) accounts(ctx context.Context, planID, rail string) (map[string][]byte, error) {
	families, err := s.Store.PlanFamilies(ctx, planID)
	if err != nil {
		return nil, err
	}
	accounts := make(map[string][]byte, len(families))
	for some := range slices.Chunk(families, digestAtOnce) {
		resp, err := s.Release.DigestDestinations(forOurselves(ctx), &familiesv1.DigestDestinationsRequest{Rail: rail, Families: some})
		if err != nil {
			return nil, fmt.Errorf("ask where families are paid: %w", err)
		}
		if len(resp.GetDigests()) != len(some) {
			return nil, fmt.Errorf("ask where families are paid: %d answers for %d families", len(resp.GetDigests()), len(some))
		}
		for i, family := range some {
			accounts[family] = resp.GetDigests()[i]
		}
	}
	return accounts, nil
}
