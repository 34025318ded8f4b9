package register

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// prisonerRow is a row of prisoners with the name of its list.
type prisonerRow struct {
	PrisonerID string
	ListDigest []byte
	NameSealed []byte
	Status     prisoner.Status
	CreatedOn  time.Time
}

const prisonerColumns = `
	SELECT p.prisoner_id, p.list_digest, l.name_sealed, p.status, p.created_on
	FROM prisoners p JOIN source_lists l USING (list_digest) `

func (s *Store) prisoner(ctx context.Context, r prisonerRow) (p prisoner.Prisoner, err error) {
	p = prisoner.Prisoner{ID: r.PrisonerID, Status: r.Status, CreatedOn: r.CreatedOn}
	p.SourceList, err = s.listName(ctx, r.ListDigest, r.NameSealed)
	return p, err
}

// Prisoners lists prisoners by pseudonym, without facts, the oldest first.
func (s *Store) Prisoners(ctx context.Context, p page.Page) ([]prisoner.Prisoner, error) {
	ids := sourceIDs{ctx: ctx, store: s}
	rows, err := listing.Rows(ctx, s.db.Pool, "prisoners", pgx.RowToStructByName[prisonerRow], prisonerColumns, s.prisonerList(&ids), p)
	if err = ids.orElse(err); err != nil {
		return nil, err
	}
	list := make([]prisoner.Prisoner, len(rows))
	for i, r := range rows {
		if list[i], err = s.prisoner(ctx, r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Prisoner opens what a list says of a prisoner. Who reads it, and whether they may,
// is on record before it is called.
func (s *Store) Prisoner(ctx context.Context, id string) (p prisoner.Prisoner, facts prisoner.Facts, err error) {
	return s.PrisonerAsOf(ctx, id, s.now())
}

// statement is one thing that a list has said of a prisoner.
type statement struct {
	Version  int
	Status   prisoner.Status
	Sealed   []byte
	MergedOn time.Time
}

// PrisonerAsOf is Prisoner at the end of a UTC day. The prisoner is not found on a day
// before the first on which a list was merged that has them.
func (s *Store) PrisonerAsOf(ctx context.Context, id string, date time.Time) (p prisoner.Prisoner, facts prisoner.Facts, err error) {
	r, err := postgres.One(ctx, s.db.Pool, "prisoner", pgx.RowToStructByName[prisonerRow], prisonerColumns+`WHERE p.prisoner_id = $1`, id)
	if err != nil {
		return p, facts, err
	}
	said, err := postgres.One(ctx, s.db.Pool, "prisoner", pgx.RowToStructByName[statement], `
		SELECT version, status, sealed, merged_on FROM source_records
		WHERE prisoner_id = $1 AND merged_on <= $2 ORDER BY version DESC LIMIT 1`, id, date.UTC().Truncate(day))
	if err != nil {
		return p, facts, err
	}
	if p, err = s.prisoner(ctx, r); err != nil {
		return p, facts, err
	}
	p.Status, p.StatedOn = said.Status, said.MergedOn
	err = s.keys.OpenJSON(ctx, recordPlace(id, said.Version), said.Sealed, &facts)
	return p, facts, err
}
