package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
)

// correction is how one kind of what belongs to a family is changed.
type correction[T any] struct {
	// what names it where there is none.
	what string
	// lock returns it locked and in plain text.
	lock func(ctx context.Context, tx pgx.Tx, familyID, id string) (T, error)
	// write makes it what it shall be.
	write func(ctx context.Context, tx pgx.Tx, f family.Family, was, shall T) (T, error)
	// read returns it after an earlier call with the same key.
	read func(ctx context.Context, familyID, id string) (T, error)
}

// correct changes what belongs to a family that has not ended, once per call, and returns
// how it is then. Shall is asked with what is there, under the family's lock.
func correct[T any](ctx context.Context, s *Store, scope family.Scope, familyID, id string, c correction[T], shall func(now T) (T, error)) (T, error) {
	var is, none T
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := s.lockFamily(ctx, tx, scope, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return "", fault.Missing(c.what)
		}
		if err != nil {
			return "", err
		}
		was, err := c.lock(ctx, tx, familyID, id)
		if err == nil {
			err = family.CheckOpen(f.State)
		}
		if err != nil {
			return "", err
		}
		then, err := shall(was)
		if err != nil {
			return "", err
		}
		if is, err = c.write(ctx, tx, f, was, then); err != nil {
			return "", fmt.Errorf("change %s: %w", id, err)
		}
		return id, nil
	})
	switch {
	case err != nil:
		return none, err
	case idempotency.Replayed(ctx):
		return c.read(ctx, familyID, id)
	}
	return is, nil
}

// makeDue has a verified family verified again, because what it rests on has changed, or
// was seen long ago.
// The verification is no other one by that: it stands as it was decided, and money goes
// on for the days that a family has then. One that is suspended is due once it is
// reinstated.
func (s *Store) makeDue(ctx context.Context, tx pgx.Tx, familyID string) error {
	if _, err := tx.Exec(ctx, `
		UPDATE families SET state = CASE state WHEN 'VERIFIED' THEN 'REVERIFY_DUE' ELSE state END,
			updated_on = CASE state WHEN 'VERIFIED' THEN $2 ELSE updated_on END, due_on = COALESCE(due_on, $3)
		WHERE family_id = $1 AND state IN ('VERIFIED', 'SUSPENDED')`, familyID, s.today(), day(s.now())); err != nil {
		return fmt.Errorf("make verification of family %s due: %w", familyID, err)
	}
	_, err := tx.Exec(ctx, `
		UPDATE suspensions SET state_before = 'REVERIFY_DUE' WHERE family_id = $1 AND lifter IS NULL`, familyID)
	if err != nil {
		return fmt.Errorf("make verification of suspended family %s due: %w", familyID, err)
	}
	return nil
}
