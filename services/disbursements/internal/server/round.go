package server

import (
	"context"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// commitTime bounds how long a call waits for its commit; afterwards it is
// carried on by itself.
const commitTime = 8 * time.Second

// CommitAllocationRound orders the commit and waits for it.
func (s *Server) CommitAllocationRound(ctx context.Context, req *disbursementsv1.CommitAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := lookedAt("snapshotDigest", req.GetSnapshotDigest()); err != nil {
		return nil, err
	}
	if err := s.withoutDeficit(ctx, id); err != nil {
		return nil, err
	}
	if err := s.Store.OrderCommit(ctx, id, person(ctx), req.GetSnapshotDigest()); err != nil {
		return nil, err
	}
	if idempotency.Replayed(ctx) {
		return s.round(ctx, id)
	}
	inTime, cancel := context.WithTimeout(forOurselves(ctx), commitTime)
	defer cancel()
	if err := s.Committer.Commit(inTime, id); err != nil {
		s.Log.WarnContext(ctx, "commit goes on by itself", "round", id, "error", err)
	}
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	switch r.Refusal {
	case round.InsufficientFunds:
		return nil, round.Insufficient()
	case round.FundInDeficit:
		return nil, round.InDeficit()
	}
	return s.roundProto(ctx, r)
}

// withoutDeficit answers at once where a fund of the round carries a deficit; the
// ledger's own check, under its lock, is the one that counts. A round that is past
// its simulation is left to the store.
func (s *Server) withoutDeficit(ctx context.Context, id string) error {
	r, err := s.Store.Round(ctx, id)
	if err != nil || r.State != round.Simulated {
		return err
	}
	deficits, err := s.balances(ctx, r, account.Deficit)
	if err != nil {
		return err
	}
	for _, d := range deficits {
		if d < 0 {
			return round.InDeficit()
		}
	}
	return nil
}

// DiscardAllocationRound gives a round up.
func (s *Server) DiscardAllocationRound(ctx context.Context, req *disbursementsv1.DiscardAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Store.DiscardRound(ctx, id); err != nil {
		return nil, err
	}
	return s.round(ctx, id)
}

// GetAllocationRound reads one round.
func (s *Server) GetAllocationRound(ctx context.Context, req *disbursementsv1.GetAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.round(ctx, id)
}

// ListAllocationRounds lists rounds, newest first.
func (s *Server) ListAllocationRounds(ctx context.Context, req *disbursementsv1.ListAllocationRoundsRequest) (*disbursementsv1.ListAllocationRoundsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]round.Round, error) {
		return s.Store.Rounds(ctx, p)
	}, func(r round.Round) []string { return page.At(r.Created, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.roundProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.ListAllocationRoundsResponse{AllocationRounds: list, NextPageToken: next}, nil
}

// roundID reads the id out of a round's name.
func roundID(field, name string) (string, error) { return resource.AllocationRound.ID(field, name) }

func (s *Server) round(ctx context.Context, id string) (*disbursementsv1.AllocationRound, error) {
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.roundProto(ctx, r)
}
