package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// maxDecisions bounds the decisions about one resource that are read at once: a
// plan that was locked anew a hundred times has fewer.
const maxDecisions = 1000

// DecisionsAbout reads all decisions about a resource by sequence.
func (s *Store) DecisionsAbout(ctx context.Context, resource string) ([]*leaf.Decision, error) {
	leaves, err := s.leaves(ctx, s.db.Pool, `
		SELECT l.bytes
		FROM decisions d JOIN leaves l ON l.ledger_id = $1 AND l.sequence = d.sequence
		WHERE d.ledger_id = $1 AND d.resource = $2
		ORDER BY d.sequence LIMIT $3`, s.ledger, resource, maxDecisions+1)
	if err == nil && len(leaves) > maxDecisions {
		err = errors.New("there are too many")
	}
	if err != nil {
		return nil, fmt.Errorf("read decisions about %s: %w", resource, err)
	}
	out := make([]*leaf.Decision, len(leaves))
	for i, l := range leaves {
		out[i] = l.Decision
	}
	return out, nil
}
