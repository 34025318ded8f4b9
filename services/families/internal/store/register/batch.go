package register

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// unmergedRow is a row that is to become, change or confirm a prisoner, or to be held
// back.
type unmergedRow struct {
	Number      int     `db:"row_number"`
	SourceID    string  `db:"source_id"`
	Status      string  `db:"status"`
	Digest      []byte  `db:"row_digest"`
	Name        []byte  `db:"name_digest"`
	Dates       []byte  `db:"dates_digest"`
	Change      string  `db:"change"`
	HeldBack    bool    `db:"held_back"`
	Sealed      []byte  `db:"sealed"`
	KnownID     *string `db:"known_id"`
	KnownBefore *int    `db:"known_version"`
}

func (s *Store) unmerged(ctx context.Context, i prisonerimport.Import) ([]unmergedRow, error) {
	// One look-up a row, whatever the planner believes about tables that were
	// empty a moment ago.
	return postgres.Many(ctx, s.db.Pool, "unmerged rows", pgx.RowToStructByName[unmergedRow], `
		WITH next AS MATERIALIZED (
			SELECT row_number, source_id, status, row_digest, name_digest, dates_digest, change, held_back, sealed
			FROM prisoner_import_rows
			WHERE import_id = $1 AND row_number > $3
			ORDER BY row_number LIMIT $4)
		SELECT n.row_number, n.source_id, n.status, n.row_digest, n.name_digest, n.dates_digest, n.change, n.held_back, n.sealed,
			p.prisoner_id AS known_id, p.version AS known_version
		FROM next n LEFT JOIN LATERAL (
			SELECT prisoner_id, version FROM prisoners
			WHERE source_list = $2 AND source_id = n.source_id OFFSET 0) p ON true
		ORDER BY n.row_number`, i.ID, i.SourceList, i.MergedThrough, mergeBatch)
}

// mergedRow is a row whose facts are sealed for the prisoner.
type mergedRow struct {
	unmergedRow
	prisonerID string
	version    int
	resealed   []byte // nil where nothing changed
}

// batch is what one transaction of a merge writes.
type batch struct {
	list string
	rows []mergedRow
	now  time.Time
	// first and through are the batch's first and last row; keptRows are those held
	// back, with their cells under the key of what is held back.
	first     int
	through   int
	keptRows  []int
	keptCells [][]byte
}

// prepare seals the facts of rows under their prisoners' own keys, and what is held
// back under a key that outlives the import's.
func (s *Store) prepare(ctx context.Context, i prisonerimport.Import, rows []unmergedRow) (batch, error) {
	b := batch{list: i.SourceList, now: s.now()}
	var fresh, known []seal.Subject
	for _, row := range rows {
		b.first, b.through = rows[0].Number, row.Number
		m := mergedRow{unmergedRow: row, prisonerID: orEmpty(row.KnownID), version: 1}
		switch {
		case row.HeldBack:
			b.keptRows, b.keptCells = append(b.keptRows, row.Number), append(b.keptCells, row.Sealed)
			continue
		case row.KnownID == nil:
			m.prisonerID = resource.NewID(resource.KindPrisoner)
			fresh = append(fresh, seal.Prisoner(m.prisonerID))
		default:
			m.version = *row.KnownBefore + 1
			known = append(known, seal.Prisoner(m.prisonerID))
		}
		b.rows = append(b.rows, m)
	}
	if len(b.keptRows) > 0 {
		fresh = append(fresh, seal.HeldBack(i.ID))
	}
	if err := s.keys.CreateMany(ctx, fresh); err != nil {
		return b, fmt.Errorf("make keys of prisoners: %w", err)
	}
	if err := s.keys.Preload(ctx, known); err != nil {
		return b, fmt.Errorf("fetch keys of prisoners: %w", err)
	}
	return b, s.resealAll(ctx, i.ID, &b)
}

func (s *Store) resealAll(ctx context.Context, importID string, b *batch) (err error) {
	for n := range b.rows {
		m := &b.rows[n]
		if m.Change == string(prisonerimport.Unchanged) {
			continue
		}
		to := recordPlace(m.prisonerID, m.version)
		if m.resealed, err = s.reseal(ctx, importID, m.Number, m.Sealed, to); err != nil {
			return err
		}
	}
	for n, number := range b.keptRows {
		to := rowPlace(importID, number, keptBack)
		if b.keptCells[n], err = s.reseal(ctx, importID, number, b.keptCells[n], to); err != nil {
			return err
		}
	}
	return nil
}

// reseal moves the facts of a row from the import's key to another.
func (s *Store) reseal(ctx context.Context, importID string, number int, sealed []byte, to seal.Place) ([]byte, error) {
	plain, err := s.keys.Open(ctx, rowPlace(importID, number, arrived), sealed)
	if err != nil {
		return nil, fmt.Errorf("open row %d: %w", number, err)
	}
	resealed, err := s.keys.Seal(ctx, to, plain)
	if err != nil {
		return nil, fmt.Errorf("seal row %d: %w", number, err)
	}
	return resealed, nil
}

func recordPlace(prisonerID string, version int) seal.Place {
	return recordColumn.At(seal.Prisoner(prisonerID), prisonerID, version)
}

// write stores the batch and notes its rows as merged, without their cells.
func (b batch) write(ctx context.Context, tx pgx.Tx, importID string) error {
	if err := b.insert(ctx, tx, importID); err != nil {
		return err
	}
	numbers, ids := make([]int, len(b.rows)), make([]string, len(b.rows))
	for i, r := range b.rows {
		numbers[i], ids[i] = r.Number, r.prisonerID
	}
	if err := b.update(ctx, tx, importID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_import_rows r SET prisoner_id = m.prisoner_id, sealed = NULL
		FROM unnest($2::integer[], $3::text[]) AS m (row_number, prisoner_id)
		WHERE r.import_id = $1 AND r.row_number BETWEEN $4 AND $5 AND r.row_number = m.row_number`,
		importID, numbers, ids, b.first, b.through); err != nil {
		return fmt.Errorf("note rows as merged: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_import_rows r SET sealed = k.sealed
		FROM unnest($2::integer[], $3::bytea[]) AS k (row_number, sealed)
		WHERE r.import_id = $1 AND r.row_number BETWEEN $4 AND $5 AND r.row_number = k.row_number`,
		importID, b.keptRows, b.keptCells, b.first, b.through); err != nil {
		return fmt.Errorf("seal what is held back: %w", err)
	}
	_, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET merged_rows = merged_rows + $2, merged_through = $3
		WHERE import_id = $1`, importID, len(b.rows), b.through)
	return err
}

// update writes what the rows say of prisoners whom the list had before. The rows are
// not read again: the planner, to which they are new, would go through the whole file
// for each of them.
func (b batch) update(ctx context.Context, tx pgx.Tx, importID string) error {
	var ids, statuses []string
	var rows, names, dates [][]byte
	var changed []bool
	for _, r := range b.rows {
		if r.Change != string(prisonerimport.New) {
			ids, statuses = append(ids, r.prisonerID), append(statuses, r.Status)
			rows, names, dates = append(rows, r.Digest), append(names, r.Name), append(dates, r.Dates)
			changed = append(changed, r.Change == string(prisonerimport.Changed))
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE prisoners p
		SET seen_in = $1, status = m.status, row_digest = m.row_digest,
			name_digest = m.name_digest, dates_digest = m.dates_digest,
			version = CASE WHEN m.changed THEN p.version + 1 ELSE p.version END
		FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::boolean[])
			AS m (prisoner_id, status, row_digest, name_digest, dates_digest, changed)
		WHERE p.prisoner_id = m.prisoner_id`, importID, ids, statuses, rows, names, dates, changed)
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
			people = append(people, []any{r.prisonerID, b.list, r.SourceID, r.Status, 1, r.Digest, r.Name, r.Dates, importID, b.now})
		}
		if r.resealed != nil {
			records = append(records, []any{r.prisonerID, r.version, importID, r.Number, r.Digest, r.Status, r.resealed, b.now})
		}
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"prisoners", []string{"prisoner_id", "source_list", "source_id", "status", "version", "row_digest", "name_digest", "dates_digest", "seen_in", "created_at"}, people},
		{"source_records", []string{"prisoner_id", "version", "import_id", "row_number", "row_digest", "status", "sealed", "merged_at"}, records},
	} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return fmt.Errorf("write %s: %w", table.name, err)
		}
	}
	return nil
}
