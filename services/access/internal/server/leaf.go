package server

import (
	"context"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// soon bounds how long somebody who stops something waits for its leaf: a duty
// records it where the ledger does not answer.
const soon = 3 * time.Second

// record puts decisions of the calling person into the log, in their call, and
// returns the sequences of their leaves.
func (s *Server) record(ctx context.Context, drafts ...*ledgerv1.DecisionDraft) ([]int64, error) {
	resp, err := s.Posting.Record(ctx, &ledgerv1.RecordRequest{Decisions: drafts})
	if err != nil {
		return nil, err
	}
	return sequencesOf(resp.GetDecisions()), nil
}

func (s *Server) recordSoon(ctx context.Context, draft *ledgerv1.DecisionDraft) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	return s.record(ctx, draft)
}

// recordByRule puts decisions into the log that no person takes in this call.
func (s *Server) recordByRule(ctx context.Context, drafts ...*ledgerv1.DecisionDraft) ([]int64, error) {
	resp, err := s.Posting.RecordByRule(ofItself(ctx), &ledgerv1.RecordByRuleRequest{Decisions: drafts})
	if err != nil {
		return nil, err
	}
	return sequencesOf(resp.GetDecisions()), nil
}

func sequencesOf(decisions []*ledgerv1.Decision) []int64 {
	out := make([]int64, len(decisions))
	for i, d := range decisions {
		out[i] = d.GetSequence()
	}
	return out
}

// leafOf is what the leaves of a grant say.
func leafOf(g staff.Grant) posting.GrantStep {
	return posting.GrantStep{
		ID: g.ID, Staff: g.Staff, Commitment: g.Commitment(),
		Grant: posting.Grant{
			Role: string(g.Role), From: staff.Day(g.From), Until: staff.Day(g.Until), RestsUntil: staff.Day(g.RestsUntil),
		},
	}
}
