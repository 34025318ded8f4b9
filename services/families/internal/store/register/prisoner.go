package register

import (
	"context"
	"fmt"
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
	Version    int
}

const prisonerColumns = `
	SELECT p.prisoner_id, p.list_digest, l.name_sealed, p.status, p.created_on, p.version
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
	r, err := postgres.One(ctx, s.db.Pool, "prisoner", pgx.RowToStructByName[prisonerRow], prisonerColumns+`WHERE p.prisoner_id = $1`, id)
	if err != nil {
		return p, facts, err
	}
	var sealed []byte
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT sealed FROM source_records WHERE prisoner_id = $1 AND version = $2`, id, r.Version).Scan(&sealed); err != nil {
		return p, facts, fmt.Errorf("read record of prisoner %s: %w", id, err)
	}
	if p, err = s.prisoner(ctx, r); err != nil {
		return p, facts, err
	}
	err = s.keys.OpenJSON(ctx, recordPlace(id, r.Version), sealed, &facts)
	return p, facts, err
}
