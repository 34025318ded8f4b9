package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// insidersOf are, in SQL, those who own or owned the case of a family f or have entered
// into it.
const insidersOf = `ARRAY (SELECT DISTINCT p.person FROM case_parts p WHERE p.family_id = f.family_id AND p.part IN ('OWNER', 'ENTERER'))`

// notePart notes what a person does in a case.
func (s *Store) notePart(ctx context.Context, tx pgx.Tx, familyID, person string, part family.Part) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO case_parts (family_id, person, part, last_on) VALUES ($1, $2, $3, $4)
		ON CONFLICT (family_id, person, part) DO UPDATE SET last_on = EXCLUDED.last_on WHERE case_parts.last_on < EXCLUDED.last_on`,
		familyID, person, part, s.today())
	if err != nil {
		return fmt.Errorf("note part in family %s: %w", familyID, err)
	}
	return nil
}

// confirms checks that a person may confirm in the case of a locked family, and notes
// that they do.
func (s *Store) confirms(ctx context.Context, tx pgx.Tx, familyID, person string) error {
	insiders, err := s.insiders(ctx, tx, familyID)
	if err != nil {
		return err
	}
	if err := insiders[familyID].MayConfirm(person); err != nil {
		return err
	}
	return s.noteConfirming(ctx, tx, familyID, person)
}

// noteConfirming notes that a person confirms in a case: what an officer does who stands in
// for a verifier is another part.
func (s *Store) noteConfirming(ctx context.Context, tx pgx.Tx, familyID, person string) error {
	standsIn, err := postgres.One(ctx, tx, "who stands in", pgx.RowTo[bool], `
		SELECT EXISTS (SELECT FROM case_parts p WHERE p.family_id = $1 AND p.person = $2 AND p.part = 'STAND_IN' AND p.last_on > $3)`,
		familyID, person, day(s.now()).AddDate(0, 0, -lot.StandIn))
	if err != nil {
		return err
	}
	part := family.PartConfirmer
	if standsIn {
		part = family.PartStoodIn
	}
	return s.notePart(ctx, tx, familyID, person, part)
}

// Insiders returns who owns or owned the case of each of some families, or has entered
// into it.
func (s *Store) Insiders(ctx context.Context, familyIDs ...string) (map[string]family.Insiders, error) {
	return s.insiders(ctx, s.db.Pool, familyIDs...)
}

func (s *Store) insiders(ctx context.Context, q postgres.Querier, familyIDs ...string) (map[string]family.Insiders, error) {
	all := map[string]family.Insiders{}
	if s.forgetful {
		return all, nil
	}
	rows, err := postgres.Many(ctx, q, "who has entered into families", pgx.RowToStructByPos[insidersRow], `
		SELECT f.family_id, `+insidersOf+` FROM families f WHERE f.family_id = ANY ($1)`, familyIDs)
	for _, r := range rows {
		all[r.FamilyID] = r.Insiders
	}
	return all, err
}

type insidersRow struct {
	FamilyID string
	Insiders family.Insiders
}

// Involvement is that people had a hand in the case of a family.
type Involvement struct {
	FamilyID string
	// StoodIn says that all they did was to stand in for a verifier, as officers.
	StoodIn bool
	// Outside says that they never owned the case and never entered into it.
	Outside bool
}

// Involved returns those of some families in whose case one of some people may decide
// about no payment: they own it, or owned it or confirmed in it not long ago. With ever
// it is enough that they had any part in it at any time.
func (s *Store) Involved(ctx context.Context, people, familyIDs []string, ever bool) ([]Involvement, error) {
	return postgres.Many(ctx, s.db.Pool, "involvement", pgx.RowToStructByPos[Involvement], `
		SELECT f.family_id, NOT (f.owner = ANY ($2) OR COALESCE(p.own, false)), NOT (f.owner = ANY ($2) OR EXISTS (
			SELECT FROM case_parts i WHERE i.family_id = f.family_id AND i.person = ANY ($2) AND i.part IN ('OWNER', 'ENTERER')))
		FROM families f LEFT JOIN LATERAL (
			SELECT bool_or(p.part IN ('OWNER', 'ENTERER', 'CONFIRMER')) AS own, bool_or($4 OR p.part IN ('OWNER', 'CONFIRMER', 'STOOD_IN')) AS had
			FROM case_parts p WHERE p.family_id = f.family_id AND p.person = ANY ($2) AND ($4 OR p.last_on > $3)) p ON true
		WHERE f.family_id = ANY ($1) AND (f.owner = ANY ($2) OR p.had)
		ORDER BY f.family_id`, familyIDs, people, family.InvolvedSince(s.now()), ever)
}
