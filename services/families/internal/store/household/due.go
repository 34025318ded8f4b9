package household

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// DutyReverify is to make a verification due again that was made long ago.
const DutyReverify = "family.reverify"

// reverifyDays are after how many days a verification is due again.
func (s *Store) reverifyDays(ctx context.Context) (int, error) {
	var p rules.Policy
	err := s.policies.Counts(ctx, rules.Kind, &p)
	return p.ReverifyAfter(), err
}

// OwedReverifications lists families that were verified long ago.
func (s *Store) OwedReverifications(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	days, err := s.reverifyDays(ctx)
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "old verifications", pgx.RowTo[string], `
		SELECT family_id FROM families WHERE state = 'VERIFIED' AND verified_on <= $1 AND family_id > $2
		ORDER BY family_id LIMIT $3`, family.VerifiedBefore(s.now(), days), after, limit)
}

// NextReverification returns when the next verification is due again; the zero time where
// none will be.
func (s *Store) NextReverification(ctx context.Context, after time.Time) (time.Time, error) {
	days, err := s.reverifyDays(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return postgres.FirstTime(ctx, s.db.Pool, "next verification", `
		SELECT (min(verified_on) + $2::integer)::timestamp AT TIME ZONE 'UTC' FROM families
		WHERE state = 'VERIFIED' AND verified_on > $1`, family.VerifiedBefore(after, days), days)
}

// Reverify makes the verification of a family due again that was made long ago; another
// stays as it is.
func (s *Store) Reverify(ctx context.Context, familyID string) error {
	days, err := s.reverifyDays(ctx)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := s.lockFamily(ctx, tx, family.Scope{All: true}, familyID)
		if err != nil || f.State != family.Verified {
			return err
		}
		old, err := postgres.One(ctx, tx, "age of verification", pgx.RowTo[bool], `
			SELECT COALESCE(verified_on <= $2, false) FROM families WHERE family_id = $1`, familyID, family.VerifiedBefore(s.now(), days))
		if err != nil || !old {
			return err
		}
		return s.makeDue(ctx, tx, familyID)
	})
}
