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
// returns the highest that was ever noted of each; 0 notes nothing.
func (h *Heads) Raise(ctx context.Context, rows [][]byte, versions []int64) (highest []int64, err error) {
	highest = make([]int64, len(rows))
	err = h.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// What is there and not lower is not written: a row is read far more often than
		// it changes. In one order, against deadlocks.
		if _, err := tx.Exec(ctx, `
			INSERT INTO row_heads AS h (row_digest, version)
			SELECT n.row_digest, n.version FROM unnest($1::bytea[], $2::bigint[]) AS n (row_digest, version)
			WHERE n.version > 0 AND NOT EXISTS (SELECT FROM row_heads o WHERE o.row_digest = n.row_digest AND o.version >= n.version)
			ORDER BY n.row_digest
			ON CONFLICT (row_digest) DO UPDATE SET version = GREATEST(h.version, EXCLUDED.version)`, rows, versions); err != nil {
			return err
		}
		found, err := tx.Query(ctx, `
			SELECT n.place, h.version FROM unnest($1::bytea[]) WITH ORDINALITY AS n (row_digest, place) JOIN row_heads h USING (row_digest)`, rows)
		if err != nil {
			return err
		}
		var place int
		var version int64
		_, err = pgx.ForEachRow(found, []any{&place, &version}, func() error {
			highest[place-1] = version
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("note versions of rows: %w", err)
	}
	return highest, nil
}
