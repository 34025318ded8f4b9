package register

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// abandonedAfter is when an import of which nothing more arrives counts as lost
// with the process that took it.
const abandonedAfter = 2 * time.Minute

// unmergedAfter is when an import that nobody merges counts as forgotten: what it says
// is old by then, and its rows are people.
const unmergedAfter = 30 * 24 * time.Hour

// Why an import was given up.
const (
	// neverArrived: whoever brought it went away.
	neverArrived = "The file never arrived in full."
	// neverMerged: nobody merged it.
	neverMerged = "Nobody merged the file for 30 days."
)

// Upload is a file that begins to arrive.
type Upload struct {
	// SourceList is the list, Importer who brings the file.
	SourceList, Importer string
	// RequestID is the idempotency key, empty for none.
	RequestID string
}

func (s *Store) requestKey(u Upload) []byte {
	if u.RequestID == "" {
		return nil
	}
	return s.keys.Keyed("upload", []byte(u.Importer+"|"+u.RequestID))
}

// BeginImport notes that a file arrives and makes its key. Where the same
// importer brought a file with the same request id before, that import's id is
// returned and the second result is true.
func (s *Store) BeginImport(ctx context.Context, u Upload) (id string, existed bool, err error) {
	list, err := s.addList(ctx, u.SourceList)
	if err != nil {
		return "", false, fmt.Errorf("begin import: %w", err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		id, err = s.earlierImport(ctx, tx, u, list, now)
		if existed = id != ""; err != nil || existed {
			return err
		}
		id = resource.NewID(resource.KindPrisonerImport)
		_, err := tx.Exec(ctx, `
			INSERT INTO prisoner_imports (import_id, list_digest, state, importer, request_key, created_at, progressed_at)
			VALUES ($1, $2, 'PARSING', $3, $4, $5, $5)`, id, list, u.Importer, s.requestKey(u), now)
		return err
	})
	switch {
	case postgres.Violates(err, "prisoner_imports_request"):
		return "", false, stillArriving("The same upload is still arriving.")
	case postgres.Violates(err, "prisoner_imports_one_arrives"):
		return "", false, stillArriving("Another file of yours is still arriving.")
	case err != nil:
		return "", false, fmt.Errorf("begin import: %w", err)
	case existed:
		return id, true, nil
	}
	// After the row, so that there is no key that no row would ever destroy.
	if err := s.keys.CreateMany(ctx, []seal.Subject{seal.Import(id)}); err != nil {
		return "", false, errors.Join(fmt.Errorf("make key for import %s: %w", id, err), s.FailImport(ctx, id, neverArrived))
	}
	return id, false, nil
}

// earlierImport gives up abandoned imports of the list and of the person, and looks for
// one with the same request id.
func (s *Store) earlierImport(ctx context.Context, tx pgx.Tx, u Upload, list []byte, now time.Time) (string, error) {
	ids, err := postgres.Many(ctx, tx, "abandoned imports", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE (list_digest = $1 OR importer = $3) AND state = 'PARSING' AND progressed_at < $2 ORDER BY import_id FOR UPDATE`,
		list, now.Add(-abandonedAfter), u.Importer)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if err := s.failImport(ctx, tx, id, neverArrived); err != nil {
			return "", err
		}
	}
	var id, state string
	err = tx.QueryRow(ctx, `
		SELECT import_id, state FROM prisoner_imports WHERE request_key = $1 AND state <> 'FAILED'`,
		s.requestKey(u)).Scan(&id, &state)
	switch {
	case postgres.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", err
	case state == string(prisonerimport.Parsing):
		return "", stillArriving("The same upload is still arriving.")
	}
	return id, postgres.ReplayWrite(ctx, tx)
}

func stillArriving(message string) error {
	f := fault.New(fault.Aborted, fault.ReasonStillRunning, message)
	f.RetryAfter = time.Second
	return f
}
