package register

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// FailImport gives a file up that has not arrived in full: its rows are deleted, its
// key is to be destroyed, and what was wrong, a fixed sentence, stays to be read.
func (s *Store) FailImport(ctx context.Context, id, failure string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error { return s.failImport(ctx, tx, id, failure) })
	if err != nil {
		return fmt.Errorf("give up import %s: %w", id, err)
	}
	return nil
}

// failImport changes nothing where the file has arrived after all.
func (s *Store) failImport(ctx context.Context, tx pgx.Tx, id, failure string) error {
	tag, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET state = 'FAILED', failure_description = $2
		WHERE import_id = $1 AND state = 'PARSING'`, id, failure)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM prisoner_import_rows WHERE import_id = $1`, id); err != nil {
		return err
	}
	return s.oweDestruction(ctx, tx, id)
}

// OwedGivingUp lists imports of which nothing more arrives. before is not asked:
// nobody owed it since a time, it is due when the import has stood still.
func (s *Store) OwedGivingUp(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "abandoned imports", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE state = 'PARSING' AND progressed_at < $1 AND import_id > $2
		ORDER BY import_id LIMIT $3`, s.now().Add(-abandonedAfter), after, limit)
}

// GiveUp gives an import up of which nothing more arrives.
func (s *Store) GiveUp(ctx context.Context, id string) error {
	return s.FailImport(ctx, id, neverArrived)
}

// oweDestruction notes that the key of an import is to be destroyed.
func (s *Store) oweDestruction(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE prisoner_imports SET destroy_owed_at = $2 WHERE import_id = $1`, id, s.now())
	if err != nil {
		return fmt.Errorf("owe destruction of the key of import %s: %w", id, err)
	}
	return s.queue.Enqueue(ctx, tx, DutyDestroy, id)
}

// OwedDestructions lists imports whose keys are to be destroyed.
func (s *Store) OwedDestructions(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "owed destructions", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE destroy_owed_at < $1 AND import_id > $2
		ORDER BY import_id LIMIT $3`, before, after, limit)
}

// DestroyImportKey destroys the key of an import that owes it, and notes it then: a
// key that is destroyed twice is destroyed.
func (s *Store) DestroyImportKey(ctx context.Context, id string) error {
	var owed bool
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM prisoner_imports WHERE import_id = $1 AND destroy_owed_at IS NOT NULL)`, id).
		Scan(&owed); err != nil {
		return fmt.Errorf("look at import %s: %w", id, err)
	}
	if !owed {
		return nil
	}
	if err := s.keys.Destroy(ctx, resource.PrisonerImport.Of(id)); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE prisoner_imports SET destroy_owed_at = NULL WHERE import_id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("note that the key of import %s is destroyed: %w", id, err)
	}
	return nil
}
