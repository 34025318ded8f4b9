package store

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// Stands returns what says whether a decision still counts at a later one.
func (s *Store) Stands(ctx context.Context) (book.Stands, error) {
	if s.guard.unproven {
		return book.Anybody, nil
	}
	decisions, err := s.StaffDecisions(ctx, -1)
	if err != nil {
		return nil, err
	}
	var roster rule.Roster
	for _, d := range decisions {
		roster.Apply(d)
	}
	return roster.Stands, nil
}

// StaffDecisions reads the decisions about who is who and who holds which role that
// come after a sequence, in order.
func (s *Store) StaffDecisions(ctx context.Context, after int64) ([]*leaf.Decision, error) {
	leaves, err := s.leaves(ctx, s.db.Pool, `
		SELECT l.bytes
		FROM decisions d JOIN leaves l ON l.ledger_id = $1 AND l.sequence = d.sequence
		WHERE d.ledger_id = $1 AND d.kind BETWEEN 1 AND 7 AND d.sequence > $2
		ORDER BY d.sequence`, s.ledger, after)
	if err != nil {
		return nil, fmt.Errorf("read decisions about staff: %w", err)
	}
	out := make([]*leaf.Decision, len(leaves))
	for i, l := range leaves {
		out[i] = l.Decision
	}
	return out, nil
}
