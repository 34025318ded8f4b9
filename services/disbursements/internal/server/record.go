package server

import (
	"context"
	"fmt"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// record records a decision of the person who calls, with their own token, before
// anything changes here. The ledger says who they are and whether they may.
func (s *Server) record(ctx context.Context, d *ledgerv1.DecisionDraft) (store.Leaf, error) {
	resp, err := s.Posting.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{d}})
	if err != nil {
		return store.Leaf{}, fmt.Errorf("record decision: %w", err)
	}
	if len(resp.GetDecisions()) != 1 {
		return store.Leaf{}, fmt.Errorf("record decision: %d answers", len(resp.GetDecisions()))
	}
	leaf := resp.GetDecisions()[0]
	lock := leaf.GetContent().GetPlanLock()
	return store.Leaf{Sequence: leaf.GetSequence(), Persons: int(lock.GetPersons()), WaitDays: int(lock.GetWaitDays())}, nil
}

// personID is the id of who calls.
func personID(ctx context.Context) string {
	id, _ := resource.Staff.Cut(person(ctx))
	return id
}

// decision is what an act is to the ledger; nil where it is nothing.
func decision(ctx context.Context, kind plan.Kind, p plan.Plan, digest []byte) *ledgerv1.DecisionDraft {
	step := posting.PlanStep{Plan: p.ID, Person: personID(ctx), Version: p.Version, Digest: digest}
	switch kind {
	case plan.Lock:
		return posting.PlanLocked(step, posting.Lock{Currency: p.Currency, Minor: p.Total, Looks: len(p.Looks)})
	case plan.Approve:
		return posting.PlanApproved(step)
	case plan.Authorize:
		return posting.PlanAuthorized(step)
	case plan.Release:
		return posting.PlanReleased(step)
	}
	return nil
}

// voidTime bounds how long a stop waits for its leaf.
const voidTime = 2 * time.Second

// recordVoids records the stops of a plan that have acted, in the person's call. Where
// the ledger does not answer the leaf stays owed: with the ledger down everything can
// still be stopped.
func (s *Server) recordVoids(ctx context.Context, planID string) {
	voids, err := s.Store.VoidsOf(ctx, planID)
	inTime, cancel := context.WithTimeout(ctx, voidTime)
	defer cancel()
	for _, v := range voids {
		var leaf store.Leaf
		if leaf, err = s.record(inTime, posting.PlanVoided(posting.PlanStep{Plan: v.PlanID, Version: v.Version, Digest: v.Digest}, v.Reason)); err != nil {
			break
		}
		if err = s.Store.NoteVoided(ctx, v.ID, leaf.Sequence); err != nil {
			break
		}
	}
	if err != nil {
		s.Log.WarnContext(ctx, "leaf of a stop stays owed", "plan", planID, "error", err)
	}
}
