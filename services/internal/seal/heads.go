package seal

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Heads keep, in the key store, the highest version of each row that a service has seen.
// Whoever writes to the database of the rows cannot set that back. They are safe for
// concurrent use.
type Heads struct{ db *postgres.DB }

// NewHeads returns the heads of a key store, which MigrateKeyStore has prepared.
func NewHeads(store *postgres.DB) *Heads { return &Heads{db: store} }

// Raise notes versions of rows, which are named by 32 bytes each, all different, and
// returns the highest that was ever noted of each; 0 notes nothing. A row is read far more
// often than it changes: where nothing is new, one look is all.
func (h *Heads) Raise(ctx context.Context, rows [][]byte, versions []int64) (highest []int64, err error) {
	if highest, err = noted(ctx, h.db.Pool, rows); err == nil && !news(highest, versions) {
		return highest, nil
	}
	err = h.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		// In one order, against deadlocks.
		if _, err = tx.Exec(ctx, `
			INSERT INTO row_heads AS h (row_digest, version)
			SELECT n.row_digest, n.version FROM unnest($1::bytea[], $2::bigint[]) AS n (row_digest, version)
			WHERE n.version > 0 ORDER BY n.row_digest
			ON CONFLICT (row_digest) DO UPDATE SET version = GREATEST(h.version, EXCLUDED.version)`, rows, versions); err != nil {
			return err
		}
		highest, err = noted(ctx, tx, rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("note versions of rows: %w", err)
	}
	return highest, nil
}

// news reports whether a version is higher than what is noted.
func news(highest, versions []int64) bool {
	for i, v := range versions {
		if v > highest[i] {
			return true
		}
	}
	return false
}

// noted reads what is noted of rows; 0 where nothing is.
func noted(ctx context.Context, q postgres.Querier, rows [][]byte) ([]int64, error) {
	return postgres.Many(ctx, q, "versions of rows", pgx.RowTo[int64], `
		SELECT COALESCE(h.version, 0) FROM unnest($1::bytea[]) WITH ORDINALITY AS n (row_digest, place)
		LEFT JOIN row_heads h USING (row_digest) ORDER BY n.place`, rows)
}
