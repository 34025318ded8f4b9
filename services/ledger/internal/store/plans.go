package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
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

// Policies reads the decisions about policies in the order of their sequence.
func (s *Store) Policies(ctx context.Context) (book.Policies, error) {
	leaves, err := s.leaves(ctx, s.db.Pool, `
		SELECT l.bytes
		FROM decisions d JOIN leaves l ON l.ledger_id = $1 AND l.sequence = d.sequence
		WHERE d.ledger_id = $1 AND d.kind IN (8, 9)
		ORDER BY d.sequence`, s.ledger)
	if err != nil {
		return nil, fmt.Errorf("read decisions about policies: %w", err)
	}
	out := make(book.Policies, len(leaves))
	for i, l := range leaves {
		out[i] = l.Decision
	}
	return out, nil
}

// LeavesOf reads the leaves that have references, by reference.
func (s *Store) LeavesOf(ctx context.Context, references []string) (map[string]leaf.Leaf, error) {
	found, err := s.leaves(ctx, s.db.Pool, `
		SELECT l.bytes
		FROM unnest($2::text[]) AS k (reference)
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND reference = k.reference OFFSET 0
		) l`, s.ledger, references)
	if err != nil {
		return nil, fmt.Errorf("read leaves by reference: %w", err)
	}
	out := make(map[string]leaf.Leaf, len(found))
	for _, l := range found {
		out[l.Reference()] = l
	}
	return out, nil
}
