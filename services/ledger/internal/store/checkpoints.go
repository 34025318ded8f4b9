package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// LatestCheckpoint reads the largest checkpoint; false where there is none.
func (s *Store) LatestCheckpoint(ctx context.Context) (checkpoint.Published, bool, error) {
	found, err := s.checkpoints(ctx, `ORDER BY c.size DESC LIMIT 1`)
	if err != nil || len(found) == 0 {
		return checkpoint.Published{}, false, err
	}
	return found[0], true, nil
}

// RecentCheckpoints reads up to limit checkpoints, the largest first.
func (s *Store) RecentCheckpoints(ctx context.Context, limit int) ([]checkpoint.Published, error) {
	return s.checkpoints(ctx, `ORDER BY c.size DESC LIMIT $2`, limit)
}

// Checkpoints reads up to limit published checkpoints that are larger than after,
// the smallest first; -1 begins with the first one.
func (s *Store) Checkpoints(ctx context.Context, after int64, limit int) ([]checkpoint.Published, error) {
	return s.checkpoints(ctx, `AND c.size > $2 ORDER BY c.size LIMIT $3`, after, limit)
}

// Uncosigned reads up to limit checkpoints that are larger than the last one that a
// witness's key has cosigned, the smallest first. It also returns the size of that
// one, 0 where there is none.
func (s *Store) Uncosigned(ctx context.Context, witness string, keyID uint32, limit int) ([]checkpoint.Published, int64, error) {
	last, err := postgres.One(ctx, s.db.Pool, "last cosignature", pgx.RowTo[int64], `
		SELECT COALESCE(MAX(size), -1) FROM cosignatures
		WHERE ledger_id = $1 AND witness = $2 AND key_id = $3`, s.ledger, witness, keyText(keyID))
	if err != nil {
		return nil, 0, err
	}
	found, err := s.Checkpoints(ctx, last, limit)
	return found, max(last, 0), err
}

// checkpoints reads checkpoints with their cosignatures; rest ends the query.
func (s *Store) checkpoints(ctx context.Context, rest string, args ...any) ([]checkpoint.Published, error) {
	return postgres.Many(ctx, s.db.Pool, "checkpoints", scanCheckpoint, `
		SELECT c.size, c.root, c.note, c.published_on, COALESCE(c.previous, -1), ARRAY(
			SELECT line FROM cosignatures k
			WHERE k.ledger_id = c.ledger_id AND k.size = c.size ORDER BY witness, key_id)
		FROM checkpoints c
		WHERE c.ledger_id = $1 `+rest, append([]any{s.ledger}, args...)...)
}

func scanCheckpoint(row pgx.CollectableRow) (c checkpoint.Published, err error) {
	var root []byte
	var day time.Time
	err = row.Scan(&c.Size, &root, &c.Note, &day, &c.Previous, &c.Cosignatures)
	copy(c.Root[:], root)
	c.PublishedOn = leaf.DayOf(day)
	return c, err
}

// AddCheckpoint stores a signed checkpoint. Where another replica has published
// this size or a larger one already, that one stays and nothing is stored.
func (s *Store) AddCheckpoint(ctx context.Context, c checkpoint.Published) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO checkpoints (ledger_id, size, root, note, published_on, previous)
			SELECT $1, $2, $3, $4, $5, (SELECT MAX(size) FROM checkpoints WHERE ledger_id = $1)
			WHERE NOT EXISTS (SELECT FROM checkpoints WHERE ledger_id = $1 AND size >= $2)
			ON CONFLICT DO NOTHING`,
			s.ledger, c.Size, c.Root[:], c.Note, c.PublishedOn.Time())
		if err != nil {
			return fmt.Errorf("store checkpoint: %w", err)
		}
		return nil
	})
}

// AddCosignature stores what a witness has answered; its first answer stays.
func (s *Store) AddCosignature(ctx context.Context, c checkpoint.Cosignature) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO cosignatures (ledger_id, size, witness, key_id, line)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (ledger_id, size, witness, key_id) DO NOTHING`,
			s.ledger, c.Size, c.Witness, keyText(c.KeyID), c.Line)
		if err != nil {
			return fmt.Errorf("store cosignature: %w", err)
		}
		return nil
	})
}

// keyText writes the id of a key as verifier keys have it.
func keyText(id uint32) string { return fmt.Sprintf("%08x", id) }
