package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// PrisonerFilter narrows a list of prisoners.
type PrisonerFilter struct {
	// SourceList and SourceID are nil for any.
	SourceList, SourceID *string
	// Status is nil for any.
	Status *prisoner.Status
}

// Prisoners lists prisoners by pseudonym, without facts.
func (s *Store) Prisoners(ctx context.Context, f PrisonerFilter, p page.Page) ([]prisoner.Prisoner, error) {
	last, err := p.Keys(1)
	if err != nil {
		return nil, err
	}
	narrow, arguments := "", []any{last[0], p.Limit()}
	for _, term := range []struct {
		column string
		value  *string
	}{{"source_list", f.SourceList}, {"source_id", f.SourceID}, {"status", (*string)(f.Status)}} {
		if term.value != nil {
			arguments = append(arguments, *term.value)
			narrow += fmt.Sprintf(` AND %s = $%d`, term.column, len(arguments))
		}
	}
	return postgres.Many(ctx, s.db.Pool, "prisoners", scanPrisoner, `
		SELECT prisoner_id, source_list, source_id, status, created_at FROM prisoners
		WHERE prisoner_id > $1`+narrow+`
		ORDER BY prisoner_id LIMIT $2`, arguments...)
}

func scanPrisoner(row pgx.CollectableRow) (p prisoner.Prisoner, err error) {
	err = row.Scan(&p.ID, &p.SourceList, &p.SourceID, &p.Status, &p.CreatedAt)
	return p, err
}

// Prisoner opens what a list says of a prisoner. Who reads it, and whether they may,
// is on record before it is called.
func (s *Store) Prisoner(ctx context.Context, id string) (prisoner.Prisoner, prisoner.Facts, error) {
	var facts prisoner.Facts
	var version int
	var sealed []byte
	p, err := postgres.One(ctx, s.db.Pool, "prisoner", func(row pgx.CollectableRow) (p prisoner.Prisoner, err error) {
		err = row.Scan(&p.ID, &p.SourceList, &p.SourceID, &p.Status, &p.CreatedAt, &version, &sealed)
		return p, err
	}, `
		SELECT p.prisoner_id, p.source_list, p.source_id, p.status, p.created_at, p.version, r.sealed
		FROM prisoners p JOIN source_records r ON r.prisoner_id = p.prisoner_id AND r.version = p.version
		WHERE p.prisoner_id = $1`, id)
	if err != nil {
		return p, facts, err
	}
	err = s.keys.OpenJSON(ctx, recordPlace(id, version), sealed, &facts)
	return p, facts, err
}
