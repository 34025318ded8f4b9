package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// write stores the batch and notes its rows as merged, without their cells.
func (b batch) write(ctx context.Context, tx pgx.Tx, importID string) error {
	if err := b.insert(ctx, tx, importID); err != nil {
		return err
	}
	var keys [][]byte
	var ids []*string
	for _, r := range b.rows {
		keys, ids = append(keys, r.Key), append(ids, &r.prisonerID)
	}
	for _, r := range b.aside {
		keys, ids = append(keys, r.Key), append(ids, r.KnownID)
	}
	if err := b.update(ctx, tx, importID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_import_rows r SET prisoner_id = m.prisoner_id, sealed = NULL, label_sealed = NULL
		FROM unnest($2::bytea[], $3::text[]) AS m (row_key, prisoner_id)
		WHERE r.import_id = $1 AND r.row_key BETWEEN $4 AND $5 AND r.row_key = m.row_key`,
		importID, keys, ids, b.first, b.through); err != nil {
		return fmt.Errorf("note rows as merged: %w", err)
	}
	if err := b.keep(ctx, tx, importID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET merged_rows = merged_rows + $2, merged_through = $3
		WHERE import_id = $1`, importID, len(b.rows), b.through)
	return err
}

// keep writes what is held back under its own key.
func (b batch) keep(ctx context.Context, tx pgx.Tx, importID string) error {
	var keys, cells, labels [][]byte
	for _, k := range b.kept {
		keys, cells, labels = append(keys, k.Key), append(cells, k.Sealed), append(labels, k.Label)
	}
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_import_rows r SET sealed = k.sealed, label_sealed = k.label
		FROM unnest($2::bytea[], $3::bytea[], $4::bytea[]) AS k (row_key, sealed, label)
		WHERE r.import_id = $1 AND r.row_key BETWEEN $5 AND $6 AND r.row_key = k.row_key`,
		importID, keys, cells, labels, b.first, b.through); err != nil {
		return fmt.Errorf("seal what is held back: %w", err)
	}
	return nil
}

// update writes what the rows say of prisoners whom the list had before. The rows are
// not read again: the planner, to which they are new, would go through the whole file
// for each of them.
func (b batch) update(ctx context.Context, tx pgx.Tx, importID string) error {
	var ids, statuses []string
	var rows, names, dates, urls, years [][]byte
	var changed []bool
	for _, r := range b.rows {
		if r.KnownID != nil {
			ids, statuses = append(ids, r.prisonerID), append(statuses, r.Status)
			rows, names, dates = append(rows, r.Digest), append(names, r.Name), append(dates, r.Dates)
			urls, years = append(urls, r.URL), append(years, r.Year)
			changed = append(changed, r.resealed != nil)
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE prisoners p
		SET seen_in = $1, status = m.status, row_digest = m.row_digest,
			name_digest = m.name_digest, dates_digest = m.dates_digest, url_digest = m.url_digest, year_digest = m.year_digest,
			version = CASE WHEN m.changed THEN p.version + 1 ELSE p.version END
		FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::boolean[])
			AS m (prisoner_id, status, row_digest, name_digest, dates_digest, url_digest, year_digest, changed)
		WHERE p.prisoner_id = m.prisoner_id`, importID, ids, statuses, rows, names, dates, urls, years, changed)
	if err != nil {
		return fmt.Errorf("update prisoners: %w", err)
	}
	return nil
}

// insert writes new prisoners and the source records.
func (b batch) insert(ctx context.Context, tx pgx.Tx, importID string) error {
	var people, records [][]any
	for _, r := range b.rows {
		if r.KnownID == nil {
			people = append(people, []any{r.prisonerID, b.list, r.Source, r.Status, 1, r.Digest, r.Name, r.Dates, r.URL, r.Year, importID, b.now})
		}
		if r.resealed != nil {
			records = append(records, []any{r.prisonerID, r.version, importID, r.Key, r.Digest, r.Status, r.resealed, b.now})
		}
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"prisoners", []string{"prisoner_id", "list_digest", "source_digest", "status", "version", "row_digest", "name_digest", "dates_digest", "url_digest", "year_digest", "seen_in", "created_on"}, people},
		{"source_records", []string{"prisoner_id", "version", "import_id", "row_key", "row_digest", "status", "sealed", "merged_on"}, records},
	} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return fmt.Errorf("write %s: %w", table.name, err)
		}
	}
	return nil
}
