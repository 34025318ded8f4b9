package register

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// mergeBatch is how many rows become prisoners in one transaction.
const mergeBatch = 1000

// MergeImport decides that an import's rows become prisoners; the work is owed.
// What is being merged, or was, stays as it is.
func (s *Store) MergeImport(ctx context.Context, id, person string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return id, s.decideMerge(ctx, tx, id, person)
	})
	if postgres.Violates(err, "prisoner_imports_one_merge") {
		return fault.New(fault.Precondition, fault.ReasonMergeRunning, "Another file of the list is being merged.").With(err)
	}
	return err
}

func (s *Store) decideMerge(ctx context.Context, tx pgx.Tx, id, person string) error {
	var list []byte
	var i prisonerimport.Import
	var failure *string
	err := tx.QueryRow(ctx, `
		SELECT list_digest, state, importer, failure_description FROM prisoner_imports
		WHERE import_id = $1 FOR UPDATE`, id).Scan(&list, &i.State, &i.Importer, &failure)
	if postgres.IsNotFound(err) {
		return fault.Missing("import")
	}
	if err != nil {
		return fmt.Errorf("read import %s: %w", id, err)
	}
	i.Failure = orEmpty(failure)
	if err := i.MayMerge(person); err != nil {
		return err
	}
	if i.Decided() {
		return postgres.ReplayWrite(ctx, tx)
	}
	tag, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET state = 'MERGING', merger = $3, merge_owed_at = $4, progressed_at = NULL
		WHERE import_id = $1 AND compared_with IS NOT DISTINCT FROM (`+lastMerged+`)`, id, list, person, s.now())
	if err != nil {
		return fmt.Errorf("decide merge of import %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return prisonerimport.ListMovedOn()
	}
	return s.queue.Enqueue(ctx, tx, DutyMerge, id)
}

// OwedMerges lists imports that are decided to be merged.
func (s *Store) OwedMerges(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "owed merges", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE state = 'MERGING' AND merge_owed_at < $1 AND import_id > $2
		ORDER BY import_id LIMIT $3`, before, after, limit)
}

// Merge makes prisoners of what was decided to be merged, a batch of rows at a time;
// it goes on where it was interrupted.
func (s *Store) Merge(ctx context.Context, id string) error {
	for {
		done, err := s.mergeNext(ctx, id)
		if err != nil {
			return fmt.Errorf("merge import %s: %w", id, err)
		}
		if done {
			return nil
		}
	}
}

// mergeNext merges one batch. Sealing happens before the transaction, which then
// finds out by how far the merge is whether somebody else was faster.
func (s *Store) mergeNext(ctx context.Context, id string) (bool, error) {
	i, err := s.Import(ctx, id)
	if err != nil || i.State != prisonerimport.Merging {
		return true, err
	}
	rows, err := s.unmerged(ctx, i)
	if err != nil {
		return false, err
	}
	b, err := s.prepare(ctx, i, rows)
	if err != nil {
		return false, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var through []byte
		err := tx.QueryRow(ctx, `
			SELECT merged_through FROM prisoner_imports
			WHERE import_id = $1 AND state = 'MERGING' FOR UPDATE`, id).Scan(&through)
		if postgres.IsNotFound(err) || err == nil && !bytes.Equal(through, i.MergedThrough) {
			return nil // another runner has done this batch
		}
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return s.finishMerge(ctx, tx, id, s.listDigest(i.SourceList))
		}
		return b.write(ctx, tx, id)
	})
	return false, err
}

// finishMerge gives up, too, the files of the list that wait: each was compared with
// what the list said before, and can never be merged.
func (s *Store) finishMerge(ctx context.Context, tx pgx.Tx, id string, list []byte) error {
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET state = 'MERGED', merge_owed_at = NULL, merged_on = $2
		WHERE import_id = $1`, id, s.now()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE source_lists SET last_merged = $2 WHERE list_digest = $1`, list, id); err != nil {
		return err
	}
	if err := s.supersede(ctx, tx, id, list); err != nil {
		return err
	}
	waiting, err := postgres.Many(ctx, tx, "imports that wait", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE list_digest = $1 AND state = 'STAGED' ORDER BY import_id FOR UPDATE`, list)
	if err != nil {
		return err
	}
	for _, other := range waiting {
		if err := s.failImport(ctx, tx, other, prisonerimport.MovedOn); err != nil {
			return err
		}
	}
	return s.oweDestruction(ctx, tx, id)
}
