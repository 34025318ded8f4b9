package server

import (
	"context"
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// recordFetched records, in the person's call, that a file leaves, and that this person
// fetches it. Somebody else may have been the first: then the log has that it left.
func (s *Server) recordFetched(ctx context.Context, step posting.PlanStep, f store.File) (store.Leaf, error) {
	if _, err := s.record(ctx, posting.FileLeft(step, f.ID)); err != nil && !fault.Is(err, fault.ReasonReferenceConflict) {
		return store.Leaf{}, err
	}
	return s.record(ctx, posting.FileFetched(step, f.ID, len(f.Downloads)))
}

// knownUnfetched asks the ledger whether a file has left. Where it has, and the rows here
// have forgotten it, somebody has written to the database.
func (s *Server) knownUnfetched(ctx context.Context, planID, fileID string) error {
	resp, err := s.Posting.CheckLeaves(forOurselves(ctx), &ledgerv1.CheckLeavesRequest{
		Leaves: []*ledgerv1.LeafQuery{{Reference: reference.FileLeft(planID, fileID)}},
	})
	if err != nil {
		return fmt.Errorf("ask whether the file has left: %w", err)
	}
	if len(resp.GetLeaves()) != 1 {
		return fmt.Errorf("ask whether the file has left: %d answers", len(resp.GetLeaves()))
	}
	if resp.GetLeaves()[0].GetState() == ledgerv1.LeafState_LEAF_STATE_MISSING {
		return nil
	}
	s.Log.ErrorContext(ctx, "a file was to be withdrawn that the ledger knows fetched, or whose fetching broke off",
		"table", "file_downloads", "row", fileID, "alarm", true)
	return payment.Left()
}
