package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// tileReader reads tiles for package merkle.
type tileReader struct {
	db     postgres.Querier
	ledger int16
}

// ReadTile returns at least the first width hashes of a tile.
func (r tileReader) ReadTile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	hashes, err := postgres.One(ctx, r.db, "tile", pgx.RowTo[[]byte],
		`SELECT hashes FROM tiles WHERE ledger_id = $1 AND level = $2 AND tile = $3`, r.ledger, level, index)
	if err == nil && len(hashes) < width*merkle.HashSize {
		err = fault.Missing("tile")
	}
	return hashes, err
}

// ReadTile returns at least the first width hashes of a tile; fault NotFound where
// the log does not have them.
func (s *Store) ReadTile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	return tileReader{s.db.Pool, s.ledger}.ReadTile(ctx, level, index, width)
}
