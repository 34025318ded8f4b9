package register

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const importColumns = `import_id, source_list, state, importer, merger, file_sha256, parsed_rows, new_rows,
	changed_rows, unchanged_rows, vanished_rows, held_back_rows, merged_rows,
	merged_through, failure_description, created_at`

// Import returns one import.
func (s *Store) Import(ctx context.Context, id string) (prisonerimport.Import, error) {
	rows, err := s.db.Pool.Query(ctx, `SELECT `+importColumns+` FROM prisoner_imports WHERE import_id = $1`, id)
	if err != nil {
		return prisonerimport.Import{}, fmt.Errorf("read import %s: %w", id, err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanImport)
	if postgres.IsNotFound(err) {
		return prisonerimport.Import{}, fault.Missing("import")
	}
	return i, err
}

// Imports lists imports, the latest first.
func (s *Store) Imports(ctx context.Context, p page.Page) ([]prisonerimport.Import, error) {
	at, id, err := p.NewestFirst()
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Pool.Query(ctx, `SELECT `+importColumns+` FROM prisoner_imports
		WHERE (created_at, import_id) < ($1, $2)
		ORDER BY created_at DESC, import_id DESC LIMIT $3`, at, id, p.Limit())
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return pgx.CollectRows(rows, scanImport)
}

func scanImport(row pgx.CollectableRow) (prisonerimport.Import, error) {
	var i prisonerimport.Import
	var merger, failure *string
	err := row.Scan(&i.ID, &i.SourceList, &i.State, &i.Importer, &merger, &i.SHA256, &i.Counts.Parsed, &i.Counts.New,
		&i.Counts.Changed, &i.Counts.Unchanged, &i.Counts.Vanished, &i.Counts.HeldBack, &i.Counts.Merged,
		&i.MergedThrough, &failure, &i.CreatedAt)
	i.Merger, i.Failure = orEmpty(merger), orEmpty(failure)
	return i, err
}

// RowFilter narrows a list of rows.
type RowFilter struct {
	// SourceID is the id in the list, nil for any.
	SourceID *string
	// HeldBack is nil for both.
	HeldBack *bool
}

// ImportRows lists the rows of an import by number.
func (s *Store) ImportRows(ctx context.Context, id string, f RowFilter, p page.Page) ([]prisonerimport.StoredRow, error) {
	last, err := s.rowAfter(ctx, id, p)
	if err != nil {
		return nil, err
	}
	narrow, arguments := "", []any{id, last, p.Limit()}
	if f.SourceID != nil {
		arguments = append(arguments, *f.SourceID)
		narrow += fmt.Sprintf(` AND source_id = $%d`, len(arguments))
	}
	if f.HeldBack != nil && *f.HeldBack {
		narrow += ` AND held_back`
	} else if f.HeldBack != nil {
		narrow += ` AND NOT held_back`
	}
	rows, err := s.db.Pool.Query(ctx, `
		SELECT row_number, source_id, status, change, held_back, prisoner_id, complaints
		FROM prisoner_import_rows
		WHERE import_id = $1 AND row_number > $2`+narrow+`
		ORDER BY row_number LIMIT $3`, arguments...)
	if err != nil {
		return nil, fmt.Errorf("list rows of import %s: %w", id, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (prisonerimport.StoredRow, error) {
		var r prisonerimport.StoredRow
		var change, prisonerID *string
		var complaints []byte
		if err := row.Scan(&r.Number, &r.SourceID, &r.Status, &change, &r.HeldBack, &prisonerID, &complaints); err != nil {
			return r, err
		}
		r.Change, r.PrisonerID = prisonerimport.Change(orEmpty(change)), orEmpty(prisonerID)
		if complaints == nil {
			return r, nil
		}
		return r, json.Unmarshal(complaints, &r.Complaints)
	})
}

// ImportClashes lists what is held back of an import, by number.
func (s *Store) ImportClashes(ctx context.Context, id string, p page.Page) ([]prisonerimport.Clash, error) {
	last, err := s.rowAfter(ctx, id, p)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Pool.Query(ctx, `
		SELECT clash_number, kind, row_numbers FROM prisoner_import_clashes
		WHERE import_id = $1 AND clash_number > $2 ORDER BY clash_number LIMIT $3`, id, last, p.Limit())
	if err != nil {
		return nil, fmt.Errorf("list clashes of import %s: %w", id, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c prisonerimport.Clash, err error) {
		err = row.Scan(&c.Number, &c.Kind, &c.Rows)
		return c, err
	})
}

// rowAfter finds that the import is there and reads a keyset of one number.
func (s *Store) rowAfter(ctx context.Context, id string, p page.Page) (int64, error) {
	if _, err := s.Import(ctx, id); err != nil {
		return 0, err
	}
	last, err := p.Numbers(0)
	if err != nil {
		return 0, err
	}
	return last[0], nil
}
