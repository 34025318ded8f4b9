package duty

import (
	"context"
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// Void records a stop of a plan that has acted, where its person's call could not. A
// leaf that the call did bring, and whose answer was lost, is as good.
func (w *Worker) Void(ctx context.Context, id string) error {
	v, err := w.Store.Void(ctx, id)
	if err != nil || v.Done {
		return err
	}
	draft := posting.PlanVoided(posting.PlanStep{Plan: v.PlanID, Version: v.Version, Digest: v.Digest}, v.Reason)
	resp, err := w.Posting.RecordByRule(ctx, &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{draft}})
	switch {
	case fault.Is(err, fault.ReasonReferenceConflict):
		return w.Store.NoteVoided(ctx, id, 0)
	case err != nil:
		return fmt.Errorf("record stop of plan %s: %w", v.PlanID, err)
	case len(resp.GetDecisions()) != 1:
		return fmt.Errorf("record stop of plan %s: %d answers", v.PlanID, len(resp.GetDecisions()))
	}
	return w.Store.NoteVoided(ctx, id, resp.GetDecisions()[0].GetSequence())
}
