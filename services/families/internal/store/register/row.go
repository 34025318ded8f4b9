package register

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// AppendRows seals rows of a file and stores them; progress becomes visible.
func (s *Store) AppendRows(ctx context.Context, id, list string, rows []prisonerimport.Row) error {
	staged, err := s.stageRows(ctx, id, s.listDigest(list), rows)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE prisoner_imports SET parsed_rows = parsed_rows + $2, progressed_at = $3
			WHERE import_id = $1 AND state = 'PARSING'`, id, len(rows), s.now())
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Aborted, fault.ReasonImportGivenUp, "The import stood still for too long and was given up.")
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"prisoner_import_rows"}, []string{
			"import_id", "row_key", "source_digest", "status", "row_digest", "url_digest", "person_digest",
			"year_digest", "name_digest", "dates_digest", "claim_digest", "anonymous", "unclear", "label_sealed", "held_back", "sealed",
		}, pgx.CopyFromRows(staged))
		return err
	})
	if err != nil {
		return fmt.Errorf("store rows of import %s: %w", id, err)
	}
	return nil
}

// stageRows makes the values of rows. They are written in another order than the file's.
func (s *Store) stageRows(ctx context.Context, id string, list []byte, rows []prisonerimport.Row) ([][]any, error) {
	numbers, err := s.rowCipher(id)
	if err != nil {
		return nil, err
	}
	staged := make([][]any, len(rows))
	for i, r := range rows {
		if staged[i], err = s.stageRow(ctx, id, list, numbers.key(r.Number), r); err != nil {
			return nil, fmt.Errorf("seal row %d of import %s: %w", r.Number, id, err)
		}
	}
	slices.SortFunc(staged, func(a, b []any) int { return bytes.Compare(a[1].([]byte), b[1].([]byte)) })
	return staged, nil
}

// stageRow makes the values of one row, in the order of AppendRows' columns.
func (s *Store) stageRow(ctx context.Context, id string, list, key []byte, r prisonerimport.Row) ([]any, error) {
	digests, sourceID, err := s.digestRow(ctx, list, r)
	if err != nil {
		return nil, err
	}
	source, err := s.sourceDigest(ctx, list, sourceID)
	if err != nil {
		return nil, err
	}
	r.Facts.SourceID = sourceID
	sealed, err := s.keys.SealJSON(ctx, rowPlace(id, r.Number, arrived), r.Facts)
	if err != nil {
		return nil, err
	}
	told, err := s.keys.SealJSON(ctx, labelPlace(id, r.Number, arrived), label{SourceID: sourceID, Complaints: r.Complaints})
	if err != nil {
		return nil, err
	}
	return []any{
		id, key, source, string(r.Status), digests.row, digests.url, digests.person,
		digests.year, digests.name, digests.dates, digests.claim, r.Anonymous, len(r.Complaints) > 0, told, r.Blocked(), sealed,
	}, nil
}

// rowDigests are by what rows are compared; nil where a row has nothing of the kind.
type rowDigests struct {
	row, url, person, year, name, dates, claim []byte
}

// digestRow makes the digests of a row under its list's key, and the id of a row that
// brings none.
func (s *Store) digestRow(ctx context.Context, list []byte, r prisonerimport.Row) (d rowDigests, sourceID string, err error) {
	cells, err := json.Marshal(r.Facts.Cells)
	if err != nil {
		return d, "", err
	}
	name, dates := r.Likenesses()
	var identity []byte
	for _, part := range []struct {
		purpose, text string
		to            *[]byte
	}{
		{"row", string(cells), &d.row}, {"url", r.URLKey(), &d.url}, {"person", r.PersonKey(), &d.person}, {"person", r.YearKey(), &d.year},
		{"name", name, &d.name}, {"dates", dates, &d.dates}, {"identity", r.Identity(), &identity}, {"claim", r.Claim(), &d.claim},
	} {
		if part.text == "" {
			continue
		}
		if *part.to, err = s.keys.Digest(ctx, listOf(list), part.purpose, []byte(part.text)); err != nil {
			return d, "", err
		}
	}
	if r.SourceID != "" {
		return d, r.SourceID, nil
	}
	if identity == nil {
		identity = d.row // it is held back
	}
	return d, "r" + hex.EncodeToString(identity[:10]), nil
}

// The values that the sealed cells of a row have had: as they arrived, and under the
// key of rows that a merge has held back.
const (
	arrived = iota + 1
	keptBack
)

// rowPlace is where one of these values stands: what is kept back is sealed under a key
// that outlives the import's.
func rowPlace(id string, number, version int) seal.Place {
	return rowColumn.At(rowSubject(id, version), id+"/"+strconv.Itoa(number), version)
}

func rowSubject(id string, version int) seal.Subject {
	if version == keptBack {
		return seal.HeldBack(id)
	}
	return seal.Import(id)
}
