package household

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// payableState is the state of a family f for what is paid on a day.
func payableState(day string) string {
	return `CASE WHEN f.locked_by IS NOT NULL OR f.held_for <> '{}' THEN 'HELD' WHEN f.state = 'REVERIFY_DUE' AND ` + overdue(day) + ` THEN 'OVERDUE' ELSE f.state END`
}

// overdue is that the verification of a family f has been due for longer than it is paid.
func overdue(day string) string {
	return `COALESCE(f.due_on <= ` + day + `::date - ` + strconv.Itoa(family.DuePaid) + `, false)`
}

// holdRow is what stands in the ledger of a family that is held.
func holdRow(f family.Family, about verified) row {
	f.State = family.Held
	return standingRow(f, about.link, about.basis())
}

// Lock shuts a family's file until somebody else opens it. It is a stop: its leaf follows.
func (s *Store) Lock(ctx context.Context, person, id string) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: person, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if f.LockedBy != "" {
			return nil
		}
		f.LockedBy = person
		return s.hold(ctx, tx, f)
	})
}

// Unlock opens a file again, not by who shut it, nor by somebody of the case.
func (s *Store) Unlock(ctx context.Context, person, id string) (family.Family, error) {
	return s.free(ctx, person, id, func(f *family.Family) (bool, error) {
		if f.LockedBy == "" {
			return false, nil
		}
		err := f.MayUnlock(person)
		f.LockedBy = ""
		return true, err
	})
}

// Look notes that somebody has looked at a family that a freeze holds: neither who is
// frozen, nor somebody of the case.
func (s *Store) Look(ctx context.Context, person, id string) (family.Family, error) {
	return s.free(ctx, person, id, func(f *family.Family) (bool, error) {
		if len(f.HeldFor) == 0 {
			return false, nil
		}
		err := f.MayLook(person)
		f.HeldFor = nil
		return true, err
	})
}

// free takes a hold from a family, if it has it. A look is no involvement.
func (s *Store) free(ctx context.Context, person, id string, take func(f *family.Family) (had bool, err error)) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: person, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if had, err := take(f); err != nil || !had {
			return err
		}
		insiders, err := s.insiders(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := insiders[id].MayConfirm(person); err != nil {
			return err
		}
		about, err := latest(ctx, tx, id)
		if err != nil {
			return err
		}
		f.Version++
		row := standingRow(*f, about.link, about.basis())
		if f.Held() {
			row = holdRow(*f, about)
		}
		if f.Version, err = s.record(ctx, row); err != nil {
			return err
		}
		return writeHolds(ctx, tx, *f)
	})
}

// hold notes what holds a locked family now, and owes the ledger its leaf.
func (s *Store) hold(ctx context.Context, tx pgx.Tx, f *family.Family) error {
	about, err := latest(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	f.Version++
	if err := s.oweStop(ctx, tx, holdRow(*f, about)); err != nil {
		return err
	}
	return writeHolds(ctx, tx, *f)
}

func writeHolds(ctx context.Context, tx pgx.Tx, f family.Family) error {
	_, err := tx.Exec(ctx, `
		UPDATE families SET locked_by = NULLIF($2, ''), held_for = COALESCE($3::text[], '{}'), version = $4 WHERE family_id = $1`,
		f.ID, f.LockedBy, f.HeldFor, f.Version)
	if err != nil {
		return fmt.Errorf("hold family %s: %w", f.ID, err)
	}
	return nil
}

// touchedDays is how many days back what a frozen person did in other cases is looked at
// again: 72 hours.
const touchedDays = 3

// Touching lists who has a case, or did something in one not long ago.
func (s *Store) Touching(ctx context.Context) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "people with cases", pgx.RowTo[string], `
		SELECT owner FROM families WHERE state NOT IN ('REJECTED', 'CLOSED')
		UNION SELECT person FROM case_parts WHERE last_on >= $1
		UNION SELECT person FROM frozen_people ORDER BY 1`, day(s.now()).AddDate(0, 0, -touchedDays))
}

// HoldFrozen holds the cases of a frozen person, and those that they did something in not
// long ago, once for each freeze, and voids what they did there about destinations. It
// returns how many it holds.
func (s *Store) HoldFrozen(ctx context.Context, person string) (held int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held = 0
		tag, err := tx.Exec(ctx, `INSERT INTO frozen_people (person, frozen_since) VALUES ($1, $2) ON CONFLICT DO NOTHING`, person, day(s.now()))
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		ids, err := postgres.Many(ctx, tx, "cases of a frozen person", pgx.RowTo[string], `
			SELECT f.family_id FROM families f
			WHERE f.state NOT IN ('REJECTED', 'CLOSED') AND (f.owner = $1 OR EXISTS (
				SELECT FROM case_parts p WHERE p.family_id = f.family_id AND p.person = $1 AND p.last_on >= $2))
			ORDER BY f.family_id`, person, day(s.now()).AddDate(0, 0, -touchedDays))
		if err != nil {
			return err
		}
		for _, id := range ids {
			f, err := s.lockFamily(ctx, tx, family.Scope{All: true}, id)
			if err != nil {
				return err
			}
			f.HeldFor = append(f.HeldFor, person)
			if err := s.hold(ctx, tx, &f); err != nil {
				return err
			}
			if err := s.voidDestinations(ctx, tx, id, person); err != nil {
				return err
			}
		}
		held = len(ids)
		return nil
	})
	return held, err
}

// Thaw notes who is frozen still; of the others a further freeze holds their cases anew.
func (s *Store) Thaw(ctx context.Context, frozen []string) error {
	_, err := s.db.Pool.Exec(ctx, `DELETE FROM frozen_people WHERE NOT person = ANY (COALESCE($1::text[], '{}'))`, frozen)
	if err != nil {
		return fmt.Errorf("note who is frozen no more: %w", err)
	}
	return nil
}
