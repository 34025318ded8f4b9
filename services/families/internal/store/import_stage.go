package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// abandonedAfter is when an import of which nothing more arrives counts as lost
// with the process that took it.
const abandonedAfter = 2 * time.Minute

// Upload is a file that begins to arrive.
type Upload struct {
	// SourceList is the list, Importer who brings the file.
	SourceList, Importer string
	// RequestID is the idempotency key, empty for none.
	RequestID string
}

func (u Upload) requestKey() []byte {
	if u.RequestID == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(u.Importer + "|" + u.RequestID))
	return sum[:]
}

// BeginImport notes that a file arrives and makes its key. Where the same
// importer brought a file with the same request id before, that import's id is
// returned and the second result is true.
func (s *Store) BeginImport(ctx context.Context, u Upload) (string, bool, error) {
	id, now := resource.NewID("i"), s.now()
	if err := s.keys.CreateMany(ctx, []string{listKey(u.SourceList), importKey(id)}); err != nil {
		return "", false, fmt.Errorf("make keys for import: %w", err)
	}
	var existing string
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if existing, err = s.earlierImport(ctx, tx, u, now); err != nil || existing != "" {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO prisoner_imports (import_id, source_list, state, importer, request_key, created_at, progressed_at)
			VALUES ($1, $2, 'PARSING', $3, $4, $5, $5)`, id, u.SourceList, u.Importer, u.requestKey(), now)
		return err
	})
	switch {
	case postgres.Violates(err, "prisoner_imports_request"):
		return "", false, stillArriving()
	case err != nil:
		return "", false, fmt.Errorf("begin import: %w", err)
	case existing != "":
		return existing, true, nil
	}
	return id, false, nil
}

// earlierImport gives up abandoned imports of the list and looks for one with
// the same request id.
func (s *Store) earlierImport(ctx context.Context, tx pgx.Tx, u Upload, now time.Time) (string, error) {
	ids, err := postgres.Many(ctx, tx, "abandoned imports", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE source_list = $1 AND state = 'PARSING' AND progressed_at < $2 FOR UPDATE`,
		u.SourceList, now.Add(-abandonedAfter))
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if err := failImport(ctx, tx, id, "The file never arrived in full."); err != nil {
			return "", err
		}
	}
	var id, state string
	err = tx.QueryRow(ctx, `
		SELECT import_id, state FROM prisoner_imports WHERE request_key = $1 AND state <> 'FAILED'`,
		u.requestKey()).Scan(&id, &state)
	switch {
	case postgres.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", err
	case state == string(prisonerimport.Parsing):
		return "", stillArriving()
	}
	return id, postgres.ReplayWrite(ctx, tx)
}

func stillArriving() error {
	f := fault.New(fault.Aborted, "STILL_RUNNING", "The same upload is still arriving.")
	f.RetryAfter = time.Second
	return f
}

// AppendRows seals rows of a file and stores them; progress becomes visible.
func (s *Store) AppendRows(ctx context.Context, id, list string, rows []prisonerimport.Row) error {
	staged := make([][]any, len(rows))
	for i, r := range rows {
		values, err := s.stageRow(ctx, id, list, r)
		if err != nil {
			return fmt.Errorf("seal row %d of import %s: %w", r.Number, id, err)
		}
		staged[i] = values
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE prisoner_imports SET parsed_rows = parsed_rows + $2, progressed_at = $3
			WHERE import_id = $1 AND state = 'PARSING'`, id, len(rows), s.now())
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Aborted, "IMPORT_GIVEN_UP", "The import stood still for too long and was given up.")
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"prisoner_import_rows"}, []string{
			"import_id", "row_number", "source_id", "status", "row_digest", "url_digest",
			"person_digest", "anonymous", "complaints", "held_back", "sealed",
		}, pgx.CopyFromRows(staged))
		return err
	})
	if err != nil {
		return fmt.Errorf("store rows of import %s: %w", id, err)
	}
	return nil
}

// stageRow makes the values of one row, in the order of AppendRows' columns.
func (s *Store) stageRow(ctx context.Context, id, list string, r prisonerimport.Row) ([]any, error) {
	cells, err := json.Marshal(r.Facts.Cells)
	if err != nil {
		return nil, err
	}
	digests := make([][]byte, 3)
	for i, d := range []struct{ purpose, text string }{
		{"row", string(cells)}, {"url", r.URLKey()}, {"person", r.PersonKey()},
	} {
		if d.text == "" {
			continue
		}
		if digests[i], err = s.keys.Digest(ctx, listKey(list), d.purpose, []byte(d.text)); err != nil {
			return nil, err
		}
	}
	sealed, err := s.seal(ctx, importKey(id), place("prisoner_import_rows", rowName(id, r.Number)), r.Facts)
	if err != nil {
		return nil, err
	}
	sourceID := r.SourceID
	if sourceID == "" {
		sourceID = "r" + hex.EncodeToString(digests[0][:10])
	}
	var complaints any
	if len(r.Complaints) > 0 {
		complaints = r.Complaints
	}
	return []any{
		id, r.Number, sourceID, string(r.Status), digests[0], digests[1],
		digests[2], r.Anonymous, complaints, r.Blocked(), sealed,
	}, nil
}

func rowName(id string, number int) string { return id + "/" + strconv.Itoa(number) }

// FailImport gives a file up: its rows are deleted, its key is destroyed, and
// what was wrong, a fixed sentence, stays to be read.
func (s *Store) FailImport(ctx context.Context, id, failure string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error { return failImport(ctx, tx, id, failure) })
	if err != nil {
		return fmt.Errorf("give up import %s: %w", id, err)
	}
	return s.keys.Destroy(ctx, importKey(id))
}

func failImport(ctx context.Context, tx pgx.Tx, id, failure string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM prisoner_import_rows WHERE import_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE prisoner_imports
		SET state = 'FAILED', failure_description = $2
		WHERE import_id = $1 AND state = 'PARSING'`, id, failure)
	return err
}
