package store

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
)

// pathPage is how many paths are read at a time.
const pathPage = 2000

// Paths gives the path of each account once, in order. It holds no transaction of
// the database open: one that is opened meanwhile may be given or not.
func (s *Store) Paths(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		after := ""
		for {
			paths, err := s.pathsAfter(ctx, after)
			if err != nil {
				yield("", fmt.Errorf("read paths: %w", err))
				return
			}
			for _, path := range paths {
				if !yield(path, nil) {
					return
				}
				after = path
			}
			if len(paths) < pathPage {
				return
			}
		}
	}
}

func (s *Store) pathsAfter(ctx context.Context, after string) ([]string, error) {
	rows, err := s.db.Bulk.Query(ctx, `
		SELECT DISTINCT path FROM accounts WHERE ledger_id = $1 AND path > $2 ORDER BY path LIMIT $3`, s.ledger, after, pathPage)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
