package register

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// FailImport gives a file up that has not arrived in full: its rows are deleted, its
// key is to be destroyed, and what was wrong, a fixed sentence, stays to be read. One
// that has arrived after all stays as it is.
func (s *Store) FailImport(ctx context.Context, id, failure string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		state, err := lockState(ctx, tx, id)
		if err != nil || state != prisonerimport.Parsing {
			return err
		}
		return s.failImport(ctx, tx, id, failure)
	})
	if err != nil {
		return fmt.Errorf("give up import %s: %w", id, err)
	}
	return nil
}

func lockState(ctx context.Context, tx pgx.Tx, id string) (state prisonerimport.State, err error) {
	err = tx.QueryRow(ctx, `SELECT state FROM prisoner_imports WHERE import_id = $1 FOR UPDATE`, id).Scan(&state)
	if postgres.IsNotFound(err) {
		return state, nil
	}
	return state, err
}

// failImport gives up a locked import that has not been decided to be merged.
func (s *Store) failImport(ctx context.Context, tx pgx.Tx, id, failure string) error {
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET state = 'FAILED', failure_description = $2, progressed_at = NULL
		WHERE import_id = $1 AND state IN ('PARSING', 'STAGED')`, id, failure); err != nil {
		return err
	}
	for _, table := range []string{"prisoner_import_rows", "prisoner_import_clashes"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE import_id = $1`, id); err != nil {
			return err
		}
	}
	return s.oweDestruction(ctx, tx, id)
}

// standstill is the condition of an import of which nothing more arrives since $1, or
// which nobody has merged since $2.
const standstill = `(state = 'PARSING' AND progressed_at < $1 OR state = 'STAGED' AND progressed_at < $2)`

// OwedGivingUp lists imports that stand still. before is not asked: nobody owed it
// since a time, it is due when the import has stood still.
func (s *Store) OwedGivingUp(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "abandoned imports", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE `+standstill+` AND import_id > $3
		ORDER BY import_id LIMIT $4`, s.now().Add(-abandonedAfter), s.now().Add(-unmergedAfter), after, limit)
}

// NextGivingUp returns when the next import will have stood still for too long; the zero
// time where none will.
func (s *Store) NextGivingUp(ctx context.Context, after time.Time) (time.Time, error) {
	return postgres.FirstTime(ctx, s.db.Pool, "next import to be given up", `
		SELECT min(due) FROM (
			SELECT progressed_at + CASE state WHEN 'PARSING' THEN $2::interval ELSE $3::interval END AS due
			FROM prisoner_imports WHERE state IN ('PARSING', 'STAGED')) AS imports
		WHERE due > $1`, after, abandonedAfter, unmergedAfter)
}

// GiveUp gives an import up that stands still.
func (s *Store) GiveUp(ctx context.Context, id string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var state prisonerimport.State
		err := tx.QueryRow(ctx, `
			SELECT state FROM prisoner_imports WHERE `+standstill+` AND import_id = $3 FOR UPDATE`,
			s.now().Add(-abandonedAfter), s.now().Add(-unmergedAfter), id).Scan(&state)
		switch {
		case postgres.IsNotFound(err):
			return nil // it went on after all
		case err != nil:
			return err
		case state == prisonerimport.Staged:
			return s.failImport(ctx, tx, id, neverMerged)
		}
		return s.failImport(ctx, tx, id, neverArrived)
	})
	if err != nil {
		return fmt.Errorf("give up import %s: %w", id, err)
	}
	return nil
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

// DestroyImportKey destroys the key of an import that owes it, and that of what it holds
// back once it holds nothing back any more, and notes it then: a key that is destroyed
// twice is destroyed.
func (s *Store) DestroyImportKey(ctx context.Context, id string) error {
	var owed, waits bool
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM prisoner_imports WHERE import_id = $1 AND destroy_owed_at IS NOT NULL),
			EXISTS (SELECT FROM prisoner_import_rows WHERE import_id = $1 AND held_back)`, id).
		Scan(&owed, &waits); err != nil {
		return fmt.Errorf("look at import %s: %w", id, err)
	}
	if !owed {
		return nil
	}
	if err := s.keys.Destroy(ctx, seal.Import(id)); err != nil {
		return err
	}
	if !waits {
		if err := s.keys.Destroy(ctx, seal.HeldBack(id)); err != nil {
			return err
		}
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
