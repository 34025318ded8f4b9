package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
)

// One step of a walk leads from the transactions $2 to at most $3 others:
//   - against the money, to those that credited a round or an award which they debit;
//   - with the money, to those that debit one which they credit;
//   - to what else the same resource has caused, such as that a payment failed;
//   - to what a reversal has undone, or to the reversal.
//
// Each account is read once, however many of $2 touch it. Funds, assets and transit
// are pools: the walk ends there, since every gift is behind them.
const (
	stepBack = `
		SELECT sequence FROM (
			SELECT c.sequence FROM (` + touched + `) d
			CROSS JOIN LATERAL (
				SELECT sequence FROM entries
				WHERE ledger_id = $1 AND account = d.account AND side = 2 AND sequence < LEAST(d.last, $4)
				ORDER BY sequence LIMIT $3
			) c
			WHERE d.side = 1
			UNION
			SELECT reverses FROM transactions WHERE ledger_id = $1 AND sequence = ANY($2) AND reverses IS NOT NULL
		) s ORDER BY sequence LIMIT $3`
	stepOn = `
		SELECT sequence FROM (
			SELECT d.sequence FROM (` + touched + `) c
			CROSS JOIN LATERAL (
				SELECT sequence FROM entries
				WHERE ledger_id = $1 AND account = c.account AND side = 1 AND sequence > c.first AND sequence < $4
				ORDER BY sequence LIMIT $3
			) d
			WHERE c.side = 2
			UNION
			(SELECT o.sequence
			FROM (SELECT DISTINCT source FROM transactions WHERE ledger_id = $1 AND sequence = ANY($2)) k
			CROSS JOIN LATERAL (
				SELECT sequence FROM transactions WHERE ledger_id = $1 AND source = k.source AND sequence < $4
				ORDER BY sequence LIMIT $3
			) o)
			UNION
			SELECT sequence FROM transactions
			WHERE ledger_id = $1 AND reverses = ANY($2) AND reverses IS NOT NULL AND sequence < $4
		) s ORDER BY sequence LIMIT $3`
	touched = `
			SELECT e.account, e.side, MIN(e.sequence) AS first, MAX(e.sequence) AS last
			FROM unnest($2::bigint[]) AS k (sequence)
			CROSS JOIN LATERAL (
				SELECT account, side, sequence FROM entries WHERE ledger_id = $1 AND sequence = k.sequence OFFSET 0
			) e
			JOIN accounts a ON a.ledger_id = $1 AND a.account = e.account AND (a.path LIKE 'award:%' OR a.path LIKE 'round:%')
			GROUP BY e.account, e.side`
)

// ownOf begins a walk: what the resource $2 itself has caused.
const ownOf = `SELECT sequence FROM transactions WHERE ledger_id = $1 AND source = $2 AND sequence < $4 ORDER BY sequence LIMIT $3`

// Trace lists transactions on the way of the money from and to those that a
// resource has caused, the nearest first and those of one step by sequence, and says
// whether there are more. It reads no more than it lists and skips, step by step,
// and finds the same in the same order however much of it is skipped.
func (s *Store) Trace(ctx context.Context, q query.Trace) ([]*leaf.Transaction, bool, error) {
	w := walk{store: s, size: q.Size, limit: q.Skip + q.Limit, seen: map[int64]bool{}}
	var out []*leaf.Transaction
	err := s.patiently(ctx, tooFar, func(ctx context.Context) error {
		if err := w.walk(ctx, q.Source); err != nil {
			return err
		}
		found := w.found[min(q.Skip, len(w.found)):]
		leaves, err := s.leaves(ctx, s.db.Bulk, `
			SELECT l.bytes
			FROM unnest($2::bigint[]) WITH ORDINALITY AS p (sequence, place)
			CROSS JOIN LATERAL (SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = p.sequence OFFSET 0) l
			ORDER BY p.place`, s.ledger, found)
		for _, l := range leaves {
			out = append(out, l.Transaction)
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("trace source: %w", err)
	}
	return out, w.full, nil
}

// tooFar is the fault for a walk that takes too long.
func tooFar() *fault.Fault {
	return fault.Field("source", fault.FieldTooMany, "has more on its way than can be walked at once: go on from a resource that an earlier page named")
}

// walk is a trace under way.
type walk struct {
	store *Store
	size  int64
	limit int
	seen  map[int64]bool // in either direction
	found []int64
	full  bool // there was more than limit
}

// walk finds what there is, up to the limit.
func (w *walk) walk(ctx context.Context, source string) error {
	own, err := w.read(ctx, ownOf, source, map[int64]bool{})
	back, on := own, own
	seenBack, seenOn := setOf(own), setOf(own)
	for err == nil && len(back)+len(on) > 0 && !w.full {
		if len(back) > 0 {
			back, err = w.read(ctx, stepBack, back, seenBack)
		}
		if err == nil && len(on) > 0 {
			on, err = w.read(ctx, stepOn, on, seenOn)
		}
	}
	return err
}

// read runs one step and returns what was not yet seen in its direction.
func (w *walk) read(ctx context.Context, sql string, from any, seen map[int64]bool) ([]int64, error) {
	if w.full {
		return nil, nil
	}
	// Every step may find again all that is known, and then one too many.
	sequences, err := postgres.Many(ctx, w.store.db.Bulk, "step of a walk", pgx.RowTo[int64], sql, w.store.ledger, from, w.limit+1, w.size)
	if err != nil {
		return nil, err
	}
	var fresh []int64
	for _, n := range sequences {
		if seen[n] {
			continue
		}
		if w.full = !w.seen[n] && len(w.found) == w.limit; w.full {
			break
		}
		if !w.seen[n] {
			w.found = append(w.found, n)
		}
		seen[n], w.seen[n] = true, true
		fresh = append(fresh, n)
	}
	return fresh, nil
}

func setOf(numbers []int64) map[int64]bool {
	set := make(map[int64]bool, len(numbers))
	for _, n := range numbers {
		set[n] = true
	}
	return set
}
