package store

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
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
				yield("", err)
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
	return postgres.Many(ctx, s.db.Bulk, "paths", pgx.RowTo[string], `
		SELECT DISTINCT path FROM accounts WHERE ledger_id = $1 AND path > $2 ORDER BY path LIMIT $3`, s.ledger, after, pathPage)
}
