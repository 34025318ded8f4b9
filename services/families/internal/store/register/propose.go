package register

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Proposal is what a person says that rows of a clash are.
type Proposal struct {
	// Person proposes.
	Person   string
	ImportID string
	Number   int
	Decision prisonerimport.Decision
	// Rows are numbers; empty for all that are held back.
	Rows []int
	// PrisonerID is who is meant by SAME_PERSON, empty where it is left to the rows' id.
	PrisonerID string
}

// ProposeClash notes what somebody says that rows are, in place of what was said before.
func (s *Store) ProposeClash(ctx context.Context, p Proposal) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		c, err := s.lockClash(ctx, tx, p.ImportID, p.Number)
		if err != nil {
			return "", err
		}
		if err := s.mayDecide(ctx, tx, prisonerimport.Propose, p.Person, c); err != nil {
			return "", err
		}
		keys, err := s.proposedRows(ctx, tx, c, p)
		if err != nil {
			return "", err
		}
		_, err = tx.Exec(ctx, `
			UPDATE prisoner_import_clashes
			SET state = 'PROPOSED', version = version + 1, decision = $3, decided_keys = $4, prisoner_id = NULLIF($5, ''), proposer = $6, resolver = NULL
			WHERE import_id = $1 AND clash_number = $2`, p.ImportID, p.Number, string(p.Decision), keys, p.PrisonerID, p.Person)
		if err != nil {
			return "", fmt.Errorf("propose about clash %d of import %s: %w", p.Number, p.ImportID, err)
		}
		return p.ImportID, nil
	})
	return err
}

// mayDecide refuses who may not propose or resolve.
func (s *Store) mayDecide(ctx context.Context, tx pgx.Tx, v prisonerimport.Verb, person string, c prisonerimport.Clash) error {
	seen, err := s.seen(ctx, tx, person, []prisonerimport.Clash{c})
	if err != nil {
		return err
	}
	return c.MayDecide(v, person, seen[c.Resource()])
}

// proposedRows are the keys of the rows that a proposal is about, all of them held back.
func (s *Store) proposedRows(ctx context.Context, tx pgx.Tx, c prisonerimport.Clash, p Proposal) ([][]byte, error) {
	numbers, err := s.rowCipher(c.ImportID)
	if err != nil {
		return nil, err
	}
	wanted := p.Rows
	if len(wanted) == 0 {
		wanted = c.Rows
	}
	asked := make([][]byte, len(wanted))
	for n, row := range wanted {
		if !slices.Contains(c.Rows, row) || slices.Contains(wanted[:n], row) {
			return nil, fault.Field("rows", fault.FieldNotPossible, "must be rows of the clash, each once")
		}
		asked[n] = numbers.key(row)
	}
	rows, err := s.heldRows(ctx, tx, c.ImportID, asked)
	if err != nil {
		return nil, err
	}
	if len(p.Rows) > 0 && len(rows) != len(p.Rows) {
		rows = nil
	}
	if err := prisonerimport.CheckProposal(p.Decision, len(rows), p.PrisonerID, len(rows) > 0 && rows[0].HolderID != ""); err != nil {
		return nil, err
	}
	keys := make([][]byte, len(rows))
	for n, r := range rows {
		keys[n] = r.Key
	}
	return keys, s.checkPrisoner(ctx, tx, c.ImportID, p.PrisonerID)
}

// checkPrisoner refuses somebody who is not on the import's list.
func (s *Store) checkPrisoner(ctx context.Context, tx pgx.Tx, importID, prisonerID string) error {
	if prisonerID == "" {
		return nil
	}
	var listed bool
	if err := tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM prisoners p JOIN prisoner_imports i USING (list_digest) WHERE i.import_id = $1 AND p.prisoner_id = $2)`,
		importID, prisonerID).Scan(&listed); err != nil {
		return fmt.Errorf("look for prisoner %s: %w", prisonerID, err)
	}
	if !listed {
		return fault.Field("prisoner", fault.FieldNoSuchResource, "must be a prisoner of the same list")
	}
	return nil
}

// heldRow is a row that waits for a decision.
type heldRow struct {
	unmergedRow
	Claim []byte `db:"claim_digest"`
	// Unreadable is true where the row is held back for what is not understood in it.
	Unreadable bool
	// HolderID is whom the row's id belongs to, empty for nobody; HolderSource what the
	// tables call that id.
	HolderID string
}

// heldRows are those of some rows that are held back, in the order of the file.
func (s *Store) heldRows(ctx context.Context, q postgres.Querier, importID string, keys [][]byte) ([]heldRow, error) {
	rows, err := postgres.Many(ctx, q, "rows held back", pgx.RowToStructByName[heldRow], `
		SELECT r.row_key, r.source_digest, r.status, r.row_digest, r.name_digest, r.dates_digest, r.url_digest, r.year_digest, r.claim_digest,
			r.decision, r.change, r.held_back, r.label_sealed, r.sealed, 'UNREADABLE' = ANY (r.clashes) AS unreadable,
			NULL::text AS known_id, NULL::integer AS known_version, COALESCE(p.prisoner_id, '') AS holder_id
		FROM prisoner_import_rows r JOIN prisoner_imports i USING (import_id)
		LEFT JOIN prisoners p ON p.list_digest = i.list_digest AND p.source_digest = r.source_digest
		WHERE r.import_id = $1 AND r.row_key = ANY ($2) AND r.held_back`, importID, keys)
	if err != nil {
		return nil, err
	}
	numbers, err := s.rowCipher(importID)
	for n := range rows {
		if rows[n].Number, err = numbers.number(rows[n].Key); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(rows, func(a, b heldRow) int { return a.Number - b.Number })
	return rows, err
}
