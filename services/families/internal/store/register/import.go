package register

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

const importColumns = `
	SELECT i.import_id, i.list_digest, l.name_sealed, i.state, i.importer, i.merger, i.sha256_sealed, i.parsed_rows, i.new_rows,
		i.changed_rows, i.unchanged_rows, i.vanished_rows, i.held_back_rows, i.merged_rows,
		i.merged_through, i.failure_description, i.created_at
	FROM prisoner_imports i JOIN source_lists l USING (list_digest) `

// importRow is a row of prisoner_imports with the name of its list.
type importRow struct {
	prisonerimport.Import
	list, name, sha256 []byte
}

// Import returns one import.
func (s *Store) Import(ctx context.Context, id string) (i prisonerimport.Import, err error) {
	list, err := s.imports(ctx, `WHERE i.import_id = $1`, id)
	switch {
	case err != nil:
		return i, err
	case len(list) == 0:
		return i, fault.Missing("import")
	}
	return list[0], nil
}

// Imports lists imports, the latest first.
func (s *Store) Imports(ctx context.Context, p page.Page) ([]prisonerimport.Import, error) {
	rows, err := listing.Rows(ctx, s.db.Pool, "imports", scanImport, importColumns, importList(), p)
	if err != nil {
		return nil, err
	}
	return s.opened(ctx, rows)
}

// imports reads imports and opens the names of their lists.
func (s *Store) imports(ctx context.Context, where string, args ...any) ([]prisonerimport.Import, error) {
	rows, err := postgres.Many(ctx, s.db.Pool, "imports", scanImport, importColumns+where, args...)
	if err != nil {
		return nil, err
	}
	return s.opened(ctx, rows)
}

// opened opens the names of the lists of imports.
func (s *Store) opened(ctx context.Context, rows []importRow) (list []prisonerimport.Import, err error) {
	list = make([]prisonerimport.Import, len(rows))
	for n, r := range rows {
		if r.SourceList, err = s.listName(ctx, r.list, r.name); err != nil {
			return nil, err
		}
		if r.sha256 != nil {
			if r.SHA256, err = s.keys.Open(ctx, filePlace(r.ID, r.list), r.sha256); err != nil {
				return nil, err
			}
		}
		list[n] = r.Import
	}
	return list, nil
}

func filePlace(id string, list []byte) seal.Place { return fileColumn.At(listOf(list), id, 1) }

func scanImport(row pgx.CollectableRow) (i importRow, err error) {
	var merger, failure *string
	err = row.Scan(&i.ID, &i.list, &i.name, &i.State, &i.Importer, &merger, &i.sha256, &i.Counts.Parsed, &i.Counts.New,
		&i.Counts.Changed, &i.Counts.Unchanged, &i.Counts.Vanished, &i.Counts.HeldBack, &i.Counts.Merged,
		&i.MergedThrough, &failure, &i.CreatedAt)
	i.Merger, i.Failure = orEmpty(merger), orEmpty(failure)
	return i, err
}
