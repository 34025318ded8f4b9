package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
)

// Transfer hands a case of its owner's over to a caseworker.
func (s *Store) Transfer(ctx context.Context, owner, id, to string, caseworkers []string, awake lot.Awake) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: owner, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if err := f.CheckOwner(owner); err != nil {
			return err
		}
		return s.handOver(ctx, tx, f, to, caseworkers, awake)
	})
}

// Reassign gives a case whose owner cannot see to it to a caseworker.
func (s *Store) Reassign(ctx context.Context, officer, id, to string, caseworkers []string, awake lot.Awake) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: officer, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if err := family.CheckReassign(f.Owner, caseworkers); err != nil {
			return err
		}
		return s.handOver(ctx, tx, f, to, caseworkers, awake)
	})
}

// handOver makes a case somebody's. Whoever had it stays involved for a time. What was
// drawn to its new owner is drawn anew.
func (s *Store) handOver(ctx context.Context, tx pgx.Tx, f *family.Family, to string, caseworkers []string, awake lot.Awake) error {
	if err := family.CheckHandOver("owner", f.Owner, to, caseworkers); err != nil {
		return err
	}
	for _, person := range []string{f.Owner, to} {
		if err := s.notePart(ctx, tx, f.ID, person, family.PartOwner); err != nil {
			return err
		}
	}
	f.Owner, f.Deputy = to, ""
	if _, err := tx.Exec(ctx, `UPDATE families SET owner = $2, deputy = NULL, deputy_until = NULL WHERE family_id = $1`, f.ID, to); err != nil {
		return fmt.Errorf("hand over family %s: %w", f.ID, err)
	}
	v, found, err := openVerification(ctx, tx, f.ID)
	if err != nil || !found || v.Confirmer != to {
		return err
	}
	return s.redraw(ctx, tx, f, &v, verification.Theirs, awake)
}

// SetDeputy gives a case of its owner's to somebody beside them; to nobody, where deputy is
// empty.
func (s *Store) SetDeputy(ctx context.Context, owner, id, deputy string, caseworkers []string) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: owner, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if err := f.CheckOwner(owner); err != nil {
			return err
		}
		if deputy != "" {
			if err := family.CheckHandOver("deputy", f.Owner, deputy, caseworkers); err != nil {
				return err
			}
		}
		f.Deputy = deputy
		_, err := tx.Exec(ctx, `UPDATE families SET deputy = NULLIF($2, ''), deputy_until = NULL WHERE family_id = $1`, f.ID, deputy)
		if err != nil {
			return fmt.Errorf("set deputy of family %s: %w", f.ID, err)
		}
		return nil
	})
}

// LendCases gives the cases of somebody who is away to their deputy until a UTC day, but
// those that have a deputy already.
func (s *Store) LendCases(ctx context.Context, owner, deputy string, until time.Time) error {
	_, err := s.db.Pool.Exec(ctx, `
		UPDATE families SET deputy = $2, deputy_until = $3
		WHERE owner = $1 AND owner <> $2 AND (deputy IS NULL OR deputy_until < $3)`, owner, deputy, until)
	if err != nil {
		return fmt.Errorf("lend cases: %w", err)
	}
	return nil
}

// ReturnCases takes cases back from the deputies of people who are not away any more;
// away are those who are.
func (s *Store) ReturnCases(ctx context.Context, away []string) error {
	_, err := s.db.Pool.Exec(ctx, `
		UPDATE families SET deputy = NULL, deputy_until = NULL
		WHERE deputy_until IS NOT NULL AND (deputy_until < $1 OR NOT owner = ANY (COALESCE($2::text[], '{}')))`, s.today(), away)
	if err != nil {
		return fmt.Errorf("take cases back: %w", err)
	}
	return nil
}
