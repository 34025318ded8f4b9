package register

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// reviewedRow is what a row is reviewed by.
type reviewedRow struct {
	RowKey      []byte
	Status      string
	Change      string
	HeldBack    bool
	MayBeKnown  bool
	PrisonerID  string
	LabelSealed []byte
	// Merged is true once the import's own key is gone.
	Merged bool
}

// ImportRows lists the rows of an import, in an order of their own. Key: how the tables
// call the row.
func (s *Store) ImportRows(ctx context.Context, id string, f RowFilter, p page.Page) ([]prisonerimport.StoredRow, error) {
	i, err := s.Import(ctx, id)
	if err != nil {
		return nil, err
	}
	narrow, arguments, err := s.narrowRows(ctx, i, f, p)
	if err != nil {
		return nil, err
	}
	rows, err := postgres.Many(ctx, s.db.Pool, "rows of import", pgx.RowToStructByName[reviewedRow], `
		SELECT row_key, status, COALESCE(change, '') AS change, held_back, may_be_known, COALESCE(prisoner_id, '') AS prisoner_id,
			label_sealed, COALESCE(held_back AND row_key <= $3, false) AS merged
		FROM prisoner_import_rows
		WHERE import_id = $1 AND row_key > $2`+narrow+`
		ORDER BY row_key LIMIT $4`, arguments...)
	if err != nil {
		return nil, err
	}
	numbers, err := s.rowCipher(id)
	list := make([]prisonerimport.StoredRow, len(rows))
	for n, r := range rows {
		if list[n], err = s.reviewed(ctx, id, numbers, r); err != nil {
			return nil, fmt.Errorf("read a row of import %s: %w", id, err)
		}
	}
	return list, err
}

func (s *Store) narrowRows(ctx context.Context, i prisonerimport.Import, f RowFilter, p page.Page) (sql string, arguments []any, err error) {
	last, err := p.Keys(1)
	if err != nil {
		return "", nil, err
	}
	after, err := hex.DecodeString(last[0])
	if err != nil {
		return "", nil, fault.Field("pageToken", fault.FieldMalformed, "is not one of this list")
	}
	arguments = []any{i.ID, after, i.MergedThrough, p.Limit()}
	if f.SourceID != nil {
		digest, err := s.sourceDigest(ctx, s.listDigest(i.SourceList), *f.SourceID)
		if err != nil {
			return "", nil, err
		}
		arguments = append(arguments, digest)
		sql = fmt.Sprintf(` AND source_digest = $%d`, len(arguments))
	}
	if f.HeldBack != nil && *f.HeldBack {
		sql += ` AND held_back`
	} else if f.HeldBack != nil {
		sql += ` AND NOT held_back`
	}
	return sql, arguments, nil
}

// reviewed opens what reviewers are told of a row. A merged one has no label any more.
func (s *Store) reviewed(ctx context.Context, id string, numbers rowCipher, r reviewedRow) (out prisonerimport.StoredRow, err error) {
	out = prisonerimport.StoredRow{
		Key: hex.EncodeToString(r.RowKey), Status: prisoner.Status(r.Status), Change: prisonerimport.Change(r.Change),
		HeldBack: r.HeldBack, PrisonerID: r.PrisonerID,
	}
	if out.Number, err = numbers.number(r.RowKey); err != nil || r.LabelSealed == nil {
		return out, err
	}
	value := arrived
	if r.Merged {
		value = keptBack
	}
	var told label
	if err := s.keys.OpenJSON(ctx, labelPlace(id, out.Number, value), r.LabelSealed, &told); err != nil {
		return out, err
	}
	out.SourceID, out.Complaints = told.SourceID, told.Complaints
	if r.MayBeKnown {
		out.Complaints = append(out.Complaints, prisonerimport.Complaint{Reason: prisonerimport.MayBeKnown, Blocking: true})
	}
	return out, nil
}

// ImportClashes lists what is held back of an import, by number.
func (s *Store) ImportClashes(ctx context.Context, id string, p page.Page) ([]prisonerimport.Clash, error) {
	if _, err := s.Import(ctx, id); err != nil {
		return nil, err
	}
	last, err := p.Numbers(0)
	if err != nil {
		return nil, err
	}
	numbers, err := s.rowCipher(id)
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "clashes of import", func(row pgx.CollectableRow) (c prisonerimport.Clash, err error) {
		var keys [][]byte
		if err = row.Scan(&c.Number, &c.Kind, &keys); err != nil {
			return c, err
		}
		c.Rows, err = numbers.numbers(keys)
		return c, err
	}, `
		SELECT clash_number, kind, row_keys FROM prisoner_import_clashes
		WHERE import_id = $1 AND clash_number > $2 ORDER BY clash_number LIMIT $3`, id, last[0], p.Limit())
}
