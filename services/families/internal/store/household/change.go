package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// change is a change of a locked family, which it keeps up to date.
type change func(ctx context.Context, tx pgx.Tx, f *family.Family) error

// onFamily runs a change of one locked family, once per call, and returns how the
// family is then.
func (s *Store) onFamily(ctx context.Context, scope family.Scope, id string, do change) (family.Family, error) {
	var f family.Family
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (_ string, err error) {
		if f, err = s.lockFamily(ctx, tx, scope, id); err != nil {
			return "", err
		}
		if err = do(ctx, tx, &f); err != nil {
			return "", err
		}
		return id, verifiers(ctx, tx, &f)
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return f, err
	}
	return s.Family(ctx, scope, id)
}

// verifiers reads who proposed and who was drawn in a locked family's latest
// verification, unless the change has.
func verifiers(ctx context.Context, tx pgx.Tx, f *family.Family) error {
	if f.Confirmer != "" {
		return nil
	}
	err := tx.QueryRow(ctx, `
		SELECT proposer, confirmer, stands_in, COALESCE(independent_check, ''), outcome = 'CONFIRMED' FROM verifications
		WHERE family_id = $1 ORDER BY proposed_version DESC LIMIT 1`, f.ID).Scan(&f.Proposer, &f.Confirmer, &f.StandsIn, &f.Check, &f.Seen)
	if err != nil && !postgres.IsNotFound(err) {
		return fmt.Errorf("read verification of family %s: %w", f.ID, err)
	}
	return nil
}

// move brings a locked family into another state.
func (s *Store) move(ctx context.Context, tx pgx.Tx, f *family.Family, to family.State) error {
	return s.decideMove(ctx, tx, f, to, nil)
}

// decideMove is move after the ledger has the decision: recorded is asked with the
// family as it will be, and says which version that is.
func (s *Store) decideMove(ctx context.Context, tx pgx.Tx, f *family.Family, to family.State, recorded func(f family.Family) (int, error)) error {
	if err := family.Move(f.State, to); err != nil {
		return err
	}
	f.State, f.Version, f.UpdatedAt = to, f.Version+1, s.today()
	if recorded != nil {
		version, err := recorded(*f)
		if err != nil {
			return err
		}
		f.Version = version
	}
	_, err := tx.Exec(ctx, `UPDATE families SET state = $2, version = $3, updated_on = $4 WHERE family_id = $1`, f.ID, f.State, f.Version, f.UpdatedAt)
	if err != nil {
		return fmt.Errorf("move family %s: %w", f.ID, err)
	}
	return nil
}

// addition is one row that is added to a locked family.
type addition[T any] struct {
	// kind is what the new row is.
	kind resource.Kind
	// insert adds the row and returns it.
	insert func(ctx context.Context, tx pgx.Tx, id string, today time.Time) (T, error)
	// read returns the row of an earlier call with the same key.
	read func(ctx context.Context, familyID, id string) (T, error)
}

// add adds a row to a family that has not ended, once per call, and returns it.
func add[T any](ctx context.Context, s *Store, scope family.Scope, familyID string, a addition[T]) (T, error) {
	var made, none T
	id, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := s.lockFamily(ctx, tx, scope, familyID)
		if err != nil {
			return "", err
		}
		if err := family.CheckOpen(f.State); err != nil {
			return "", err
		}
		id := resource.NewID(a.kind)
		if made, err = a.insert(ctx, tx, id, s.today()); err != nil {
			return "", fmt.Errorf("add %s: %w", id, err)
		}
		return id, nil
	})
	switch {
	case err != nil:
		return none, err
	case idempotency.Replayed(ctx):
		return a.read(ctx, familyID, id)
	}
	return made, nil
}
