package server

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// recordFetched records, in the person's call, that a file leaves, and that this person
// fetches it. Somebody else may have been the first: then the log has that it left.
func (s *Server) recordFetched(ctx context.Context, step posting.PlanStep, f store.File) (store.Leaf, error) {
	if _, err := s.record(ctx, posting.FileLeft(step, f.ID)); err != nil && !fault.Is(err, fault.ReasonReferenceConflict) {
		return store.Leaf{}, err
	}
	return s.record(ctx, posting.FileFetched(step, f.ID, len(f.Downloads)))
}
