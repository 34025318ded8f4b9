package store

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// trace walks from the transactions of a source: against the money to those that
// credited a round or an award which these debit, and with it to those that debit
// one which these credit. Funds, assets and transit are pools: the walk ends
// there, since every gift is behind them.
const trace = `
	WITH RECURSIVE own AS (
		SELECT sequence FROM transactions WHERE ledger_id = $1 AND source = $2
	), up (sequence) AS (
		SELECT sequence FROM own
		UNION
		SELECT c.sequence
		FROM up
		JOIN entries d ON d.ledger_id = $1 AND d.sequence = up.sequence AND d.side = 1
		JOIN accounts a ON a.ledger_id = $1 AND a.account = d.account AND (a.path LIKE 'award:%' OR a.path LIKE 'round:%')
		JOIN entries c ON c.ledger_id = $1 AND c.account = d.account AND c.side = 2 AND c.sequence < d.sequence
	), down (sequence) AS (
		SELECT sequence FROM own
		UNION
		SELECT d.sequence
		FROM down
		JOIN entries c ON c.ledger_id = $1 AND c.sequence = down.sequence AND c.side = 2
		JOIN accounts a ON a.ledger_id = $1 AND a.account = c.account AND (a.path LIKE 'award:%' OR a.path LIKE 'round:%')
		JOIN entries d ON d.ledger_id = $1 AND d.account = c.account AND d.side = 1 AND d.sequence > c.sequence
	)
	SELECT l.bytes
	FROM (SELECT sequence FROM up UNION SELECT sequence FROM down) w
	JOIN leaves l ON l.ledger_id = $1 AND l.sequence = w.sequence
	ORDER BY l.sequence LIMIT $3`

// Trace lists at most limit transactions on the way of the money from and to
// those that a resource has caused.
func (s *Store) Trace(ctx context.Context, source string, limit int) ([]*leaf.Transaction, error) {
	leaves, err := s.leaves(ctx, trace, s.ledger, source, limit)
	if err != nil {
		return nil, fmt.Errorf("trace source: %w", err)
	}
	out := make([]*leaf.Transaction, len(leaves))
	for i, l := range leaves {
		out[i] = l.Transaction
	}
	return out, nil
}
