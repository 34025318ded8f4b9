package register

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const day = 24 * time.Hour

// mostKnown is how many prisoners are shown beside a clash.
const mostKnown = 20

// ClashContent is a clash in full.
type ClashContent struct {
	Clash prisonerimport.Clash
	// Rows are those whose cells are still there.
	Rows []OpenRow
	// Known are prisoners whom the rows may be about.
	Known []KnownPrisoner
}

// OpenRow is a row of a file in full.
type OpenRow struct {
	prisonerimport.StoredRow
	Facts prisoner.Facts
	// Changes are against what the list said of the same prisoner before.
	Changes []prisoner.Change
}

// KnownPrisoner is somebody whom an earlier file had.
type KnownPrisoner struct {
	prisoner.Prisoner
	Facts prisoner.Facts
}

// ReadClash opens a clash for a person; that they read it is on record before.
func (s *Store) ReadClash(ctx context.Context, person, id string, number int) (out ClashContent, err error) {
	if out.Clash, err = s.Clash(ctx, id, number); err != nil {
		return out, err
	}
	if err := out.Clash.Take(prisonerimport.Read); err != nil {
		return out, err
	}
	if err := s.recordRead(ctx, person, out.Clash.Resource(), purposeClash); err != nil {
		return out, err
	}
	numbers, err := s.rowCipher(id)
	if err != nil {
		return out, err
	}
	keys := make([][]byte, len(out.Clash.Rows))
	for n, row := range out.Clash.Rows {
		keys[n] = numbers.key(row)
	}
	rows, err := postgres.Many(ctx, s.db.Pool, "rows of clash", pgx.RowToStructByName[openedRow],
		openedColumns+` WHERE r.import_id = $1 AND r.row_key = ANY ($2) AND r.sealed IS NOT NULL ORDER BY r.row_key`, id, keys)
	if err != nil {
		return out, err
	}
	if out.Rows, err = s.openRows(ctx, rows); err != nil {
		return out, err
	}
	out.Known, err = s.knownAs(ctx, id, keys)
	return out, err
}

// ReviewImport opens a page of a staged import's rows for who merges it; that they read
// it is on record before.
func (s *Store) ReviewImport(ctx context.Context, person, id string, p page.Page) ([]OpenRow, error) {
	i, err := s.Import(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := i.MayReview(person); err != nil {
		return nil, err
	}
	if err := s.recordRead(ctx, person, i.Resource(), purposeImport); err != nil {
		return nil, err
	}
	ids := sourceIDs{ctx: ctx, store: s}
	rows, err := listing.Rows(ctx, s.db.Pool, "rows to review", pgx.RowToStructByName[openedRow], openedColumns,
		rowList(&ids), p, listing.Under("r.import_id", id))
	if err = ids.orElse(err); err != nil {
		return nil, err
	}
	return s.openRows(ctx, rows)
}

// openedRow is a row with its cells.
type openedRow struct {
	reviewedRow
	KnownID string
	Sealed  []byte
}

const openedColumns = reviewedColumns + `, COALESCE(r.known_id, '') AS known_id, r.sealed
	FROM prisoner_import_rows r JOIN prisoner_imports i ON i.import_id = r.import_id`

// openRows opens rows and compares them with what the list said before.
func (s *Store) openRows(ctx context.Context, rows []openedRow) ([]OpenRow, error) {
	out := make([]OpenRow, len(rows))
	reviewed := make([]reviewedRow, len(rows))
	for n, r := range rows {
		reviewed[n] = r.reviewedRow
	}
	if err := s.preload(ctx, reviewed); err != nil {
		return nil, err
	}
	for n, r := range rows {
		var err error
		if out[n], err = s.openRow(ctx, r); err != nil {
			return nil, fmt.Errorf("open a row of import %s: %w", r.ImportID, err)
		}
	}
	return out, nil
}

func (s *Store) openRow(ctx context.Context, r openedRow) (out OpenRow, err error) {
	if out.StoredRow, err = s.reviewed(ctx, r.reviewedRow); err != nil || r.Sealed == nil {
		return out, err
	}
	if err := s.keys.OpenJSON(ctx, rowPlace(r.ImportID, out.Number, r.value()), r.Sealed, &out.Facts); err != nil {
		return out, err
	}
	if r.KnownID == "" || out.Change != prisonerimport.Changed {
		return out, nil
	}
	before, facts, err := s.Prisoner(ctx, r.KnownID)
	if err != nil {
		return out, err
	}
	out.Changes = prisoner.Changes(facts, out.Facts, before.Status, out.Status)
	return out, nil
}

// knownAs opens prisoners of the list whom rows may be about, by what they are known by
// now: also those who were merged or decided since the file was compared.
func (s *Store) knownAs(ctx context.Context, id string, keys [][]byte) ([]KnownPrisoner, error) {
	ids, err := postgres.Many(ctx, s.db.Pool, "prisoners like rows", pgx.RowTo[string], `
		WITH rows AS MATERIALIZED (
			SELECT i.list_digest, r.source_digest, r.name_digest, r.dates_digest, r.url_digest, r.known_id, r.prisoner_id
			FROM prisoner_import_rows r JOIN prisoner_imports i USING (import_id)
			WHERE r.import_id = $1 AND r.row_key = ANY ($2))
		SELECT DISTINCT p.prisoner_id FROM rows r CROSS JOIN LATERAL (
			SELECT prisoner_id FROM prisoners WHERE list_digest = r.list_digest AND source_digest = r.source_digest
			UNION ALL SELECT prisoner_id FROM prisoners WHERE list_digest = r.list_digest AND name_digest = r.name_digest
			UNION ALL SELECT prisoner_id FROM prisoners WHERE list_digest = r.list_digest AND dates_digest = r.dates_digest
			UNION ALL SELECT prisoner_id FROM prisoners WHERE list_digest = r.list_digest AND url_digest = r.url_digest
			UNION ALL SELECT r.known_id WHERE r.known_id IS NOT NULL
			UNION ALL SELECT r.prisoner_id WHERE r.prisoner_id IS NOT NULL) p
		ORDER BY p.prisoner_id LIMIT $3`, id, keys, mostKnown)
	if err != nil {
		return nil, err
	}
	out := make([]KnownPrisoner, len(ids))
	for n, prisonerID := range ids {
		if out[n].Prisoner, out[n].Facts, err = s.Prisoner(ctx, prisonerID); err != nil {
			return nil, err
		}
	}
	return out, nil
}
