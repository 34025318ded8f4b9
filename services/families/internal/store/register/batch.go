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
	Key         []byte  `db:"row_key"`
	Number      int     `db:"-"` // what Key says
	Source      []byte  `db:"source_digest"`
	Status      string  `db:"status"`
	Digest      []byte  `db:"row_digest"`
	Name        []byte  `db:"name_digest"`
	Dates       []byte  `db:"dates_digest"`
	URL         []byte  `db:"url_digest"`
	Year        []byte  `db:"year_digest"`
	Decision    *string `db:"decision"`
	Change      string  `db:"change"`
	HeldBack    bool    `db:"held_back"`
	Label       []byte  `db:"label_sealed"`
	Sealed      []byte  `db:"sealed"`
	KnownID     *string `db:"known_id"`
	KnownBefore *int    `db:"known_version"`
}

func (s *Store) unmerged(ctx context.Context, i prisonerimport.Import) ([]unmergedRow, error) {
	// One look-up a row, whatever the planner believes about tables that were
	// empty a moment ago.
	rows, err := postgres.Many(ctx, s.db.Pool, "unmerged rows", pgx.RowToStructByName[unmergedRow], `
		WITH next AS MATERIALIZED (
			SELECT row_key, source_digest, status, row_digest, name_digest, dates_digest, url_digest, year_digest, decision, change,
				held_back, label_sealed, sealed, known_id
			FROM prisoner_import_rows
			WHERE import_id = $1 AND row_key > COALESCE($3, ''::bytea) AND sealed IS NOT NULL
			ORDER BY row_key LIMIT $4)
		SELECT n.row_key, n.source_digest, n.status, n.row_digest, n.name_digest, n.dates_digest, n.url_digest, n.year_digest,
			n.decision, n.change, n.held_back, n.label_sealed, n.sealed,
			COALESCE(k.prisoner_id, p.prisoner_id) AS known_id, COALESCE(k.version, p.version) AS known_version
		FROM next n
		LEFT JOIN LATERAL (
			SELECT prisoner_id, version FROM prisoners WHERE prisoner_id = n.known_id OFFSET 0) k ON true
		LEFT JOIN LATERAL (
			SELECT prisoner_id, version FROM prisoners
			WHERE list_digest = $2 AND source_digest = n.source_digest OFFSET 0) p ON true
		ORDER BY n.row_key`, i.ID, s.listDigest(i.SourceList), i.MergedThrough, mergeBatch)
	if err != nil {
		return nil, err
	}
	numbers, err := s.rowCipher(i.ID)
	for n := range rows {
		if rows[n].Number, err = numbers.number(rows[n].Key); err != nil {
			return nil, fmt.Errorf("number of a row of import %s: %w", i.ID, err)
		}
	}
	return rows, err
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
	list []byte
	rows []mergedRow
	now  time.Time
	// first and through are the batch's first and last row; kept are those held back,
	// with their cells and labels under the key of what is held back; aside those of
	// which nothing becomes, as was decided before.
	first   []byte
	through []byte
	kept    []unmergedRow
	aside   []unmergedRow
}

// prepare seals the facts of rows under their prisoners' own keys, and what is held
// back under a key that outlives the import's.
func (s *Store) prepare(ctx context.Context, i prisonerimport.Import, rows []unmergedRow) (batch, error) {
	b := batch{list: s.listDigest(i.SourceList), now: s.now()}
	var fresh, known []seal.Subject
	for _, row := range rows {
		b.first, b.through = rows[0].Key, row.Key
		m := mergedRow{unmergedRow: row, prisonerID: orEmpty(row.KnownID), version: 1}
		switch {
		case row.HeldBack:
			b.kept = append(b.kept, row)
			continue
		case row.Decision != nil:
			b.aside = append(b.aside, row)
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
	if len(b.kept) > 0 {
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
		from, to := rowPlace(importID, m.Number, arrived), recordPlace(m.prisonerID, m.version)
		if m.resealed, err = s.reseal(ctx, from, to, m.Sealed); err != nil {
			return err
		}
	}
	for n := range b.kept {
		k := &b.kept[n]
		if k.Sealed, err = s.reseal(ctx, rowPlace(importID, k.Number, arrived), rowPlace(importID, k.Number, keptBack), k.Sealed); err != nil {
			return err
		}
		if k.Label, err = s.reseal(ctx, labelPlace(importID, k.Number, arrived), labelPlace(importID, k.Number, keptBack), k.Label); err != nil {
			return err
		}
	}
	return nil
}

// reseal moves what is sealed of a row from the import's key to another.
func (s *Store) reseal(ctx context.Context, from, to seal.Place, sealed []byte) ([]byte, error) {
	plain, err := s.keys.Open(ctx, from, sealed)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", from, err)
	}
	resealed, err := s.keys.Seal(ctx, to, plain)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", to, err)
	}
	return resealed, nil
}

func recordPlace(prisonerID string, version int) seal.Place {
	return recordColumn.At(seal.Prisoner(prisonerID), prisonerID, version)
}
