package server

import (
	"context"
	"errors"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
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
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if err := s.order(ctx, id, req.GetSnapshotDigest()); err != nil {
			return nil, err
		}
	}
	return s.committed(ctx, id)
}

// order orders a commit and begins it.
func (s *Server) order(ctx context.Context, id string, digest []byte) error {
	if err := s.withoutDeficit(ctx, id); err != nil {
		return err
	}
	if err := s.Store.MayOrder(ctx, id, person(ctx), digest); err != nil {
		return err
	}
	leaf, err := s.record(ctx, posting.RoundCommitted(posting.RoundStep{Round: id, Person: personID(ctx), Digest: digest}))
	if err != nil {
		return err
	}
	if err := s.Store.OrderCommit(ctx, id, person(ctx), digest, leaf.Sequence); err != nil || idempotency.Replayed(ctx) {
		return err
	}
	if err := s.carryOut(forOurselves(ctx), id); err != nil {
		s.Log.WarnContext(ctx, "commit goes on by itself", "round", id, "error", err)
	}
	return nil
}

// carryOut carries a commit out, as far as it comes in time.
func (s *Server) carryOut(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	for {
		if err := s.Committer.Commit(ctx, id); !errors.Is(err, duty.ErrUnfinished) {
			return err
		}
	}
}

// committed answers what became of a round's commit: its refusal, too, gets one
// answer however often it is asked for.
func (s *Server) committed(ctx context.Context, id string) (*disbursementsv1.AllocationRound, error) {
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

// withoutDeficit answers at once where a fund of the round carries too large a deficit; the
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
	rules, err := s.rules(ctx, r.Currency)
	if err != nil {
		return err
	}
	for _, d := range deficits {
		if account.DeficitStops(d, rules.LargestDeficit) {
			return round.InDeficit()
		}
	}
	return nil
}
