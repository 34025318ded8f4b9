package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// tileReader reads tiles for package merkle.
type tileReader struct {
	db     querier
	ledger int16
}

// ReadTile returns at least the first width hashes of a tile.
func (r tileReader) ReadTile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	var hashes []byte
	err := r.db.QueryRow(ctx, `SELECT hashes FROM tiles WHERE ledger_id = $1 AND level = $2 AND tile = $3`,
		r.ledger, level, index).Scan(&hashes)
	switch {
	case postgres.IsNotFound(err):
		return nil, fault.Missing("tile")
	case err != nil:
		return nil, fmt.Errorf("read tile: %w", err)
	case len(hashes) < width*32:
		return nil, fault.Missing("tile")
	}
	return hashes, nil
}

// ReadTile returns at least the first width hashes of a tile; fault NotFound where
// the log does not have them.
func (s *Store) ReadTile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	return tileReader{s.db.Pool, s.ledger}.ReadTile(ctx, level, index, width)
}
