package register

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// reviewedRow is what a row is reviewed by.
type reviewedRow struct {
	ImportID    string
	RowKey      []byte
	Status      string
	Change      string
	HeldBack    bool
	Clashes     []string
	Decision    string
	PrisonerID  string
	LabelSealed []byte
	// Merged is true once the import's own key is gone.
	Merged bool
}

const reviewedColumns = `
	SELECT r.import_id, r.row_key, r.status, COALESCE(r.change, '') AS change, r.held_back, r.clashes,
		COALESCE(r.decision, '') AS decision, COALESCE(r.prisoner_id, '') AS prisoner_id, r.label_sealed,
		COALESCE(r.held_back AND r.row_key <= i.merged_through, false) AS merged`

// ImportRows lists the rows of an import, or of all, in an order of their own. Key: how
// the tables call the row.
func (s *Store) ImportRows(ctx context.Context, id string, p page.Page) ([]prisonerimport.StoredRow, error) {
	if err := s.isImport(ctx, id); err != nil {
		return nil, err
	}
	ids := sourceIDs{ctx: ctx, store: s}
	rows, err := listing.Rows(ctx, s.db.Pool, "rows of import", pgx.RowToStructByName[reviewedRow], reviewedColumns+`
		FROM prisoner_import_rows r JOIN prisoner_imports i ON i.import_id = r.import_id`,
		rowList(&ids), p, listing.Under("r.import_id", id))
	if err = ids.orElse(err); err != nil {
		return nil, err
	}
	if err := s.preload(ctx, rows); err != nil {
		return nil, err
	}
	list := make([]prisonerimport.StoredRow, len(rows))
	for n, r := range rows {
		if list[n], err = s.reviewed(ctx, r); err != nil {
			return nil, fmt.Errorf("read a row of import %s: %w", r.ImportID, err)
		}
	}
	return list, nil
}

// isImport refuses what is neither an import nor any.
func (s *Store) isImport(ctx context.Context, id string) error {
	if id == resource.Any {
		return nil
	}
	_, err := s.Import(ctx, id)
	return err
}

// preload fetches the keys of the labels of rows at once.
func (s *Store) preload(ctx context.Context, rows []reviewedRow) error {
	var subjects []seal.Subject
	for _, r := range rows {
		if subject := rowSubject(r.ImportID, r.value()); r.LabelSealed != nil && !slices.Contains(subjects, subject) {
			subjects = append(subjects, subject)
		}
	}
	if err := s.keys.Preload(ctx, subjects); err != nil {
		return fmt.Errorf("fetch keys of imports: %w", err)
	}
	return nil
}

// value is which value of the row's label is kept.
func (r reviewedRow) value() int {
	if r.Merged {
		return keptBack
	}
	return arrived
}

// reviewed opens what reviewers are told of a row. A merged one has no label any more.
func (s *Store) reviewed(ctx context.Context, r reviewedRow) (out prisonerimport.StoredRow, err error) {
	out = prisonerimport.StoredRow{
		ImportID: r.ImportID, Key: hex.EncodeToString(r.RowKey), Status: prisoner.Status(r.Status), Change: prisonerimport.Change(r.Change),
		HeldBack: r.HeldBack, PrisonerID: r.PrisonerID, Decision: prisonerimport.Decision(r.Decision),
	}
	numbers, err := s.rowCipher(r.ImportID)
	if err != nil {
		return out, err
	}
	if out.Number, err = numbers.number(r.RowKey); err != nil || r.LabelSealed == nil {
		return out, err
	}
	var told label
	if err := s.keys.OpenJSON(ctx, labelPlace(r.ImportID, out.Number, r.value()), r.LabelSealed, &told); err != nil {
		return out, err
	}
	out.SourceID, out.Complaints = told.SourceID, told.Complaints
	for _, kind := range r.Clashes {
		if r.HeldBack && kind != string(prisonerimport.Unreadable) { // of that the complaints say more
			out.Complaints = append(out.Complaints, prisonerimport.Complaint{Reason: kind, Blocking: true})
		}
	}
	return out, nil
}
