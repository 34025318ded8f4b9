package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// keepFile is how long a payment file is kept after its last attempt ended.
const keepFile = 7 * 24 * time.Hour

// OwedDestructions lists withdrawn files, and sealed ones that have no live attempt and
// whose last one ended long enough ago.
func (s *Store) OwedDestructions(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	if due := s.now().Add(-keepFile); due.Before(before) {
		before = due
	}
	return s.owed(ctx, `
		SELECT f.id FROM payment_files f
		WHERE f.id > $2 AND f.destroyed_on IS NULL AND (f.state = 'WITHDRAWN' OR f.state = 'SEALED' AND NOT EXISTS (
			SELECT 1 FROM attempts a WHERE a.file_id = f.id AND (a.ended_at IS NULL OR a.ended_at >= $1)))
		ORDER BY f.id LIMIT $3`, before, after, limit)
}

// NextDestruction returns when the next file will be due after that time; the zero time
// where none will.
func (s *Store) NextDestruction(ctx context.Context, after time.Time) (time.Time, error) {
	return postgres.FirstTime(ctx, s.db.Pool, "next destruction", `
		SELECT min(ended) + $2::interval FROM (
			SELECT max(a.ended_at) AS ended FROM payment_files f JOIN attempts a ON a.file_id = f.id
			WHERE f.state = 'SEALED' GROUP BY f.id HAVING bool_and(a.ended_at IS NOT NULL)) AS files
		WHERE ended + $2::interval > $1`, after, keepFile)
}

// NoteDestroyed notes that a file's key is gone, and drops what it sealed. A withdrawn
// file stays one.
func (s *Store) NoteDestroyed(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE payment_files SET state = CASE state WHEN 'SEALED' THEN 'DESTROYED' ELSE state END, sealed = NULL, destroyed_on = $2
			WHERE id = $1 AND state IN ('SEALED', 'WITHDRAWN')`, id, s.now())
		return err
	})
}
