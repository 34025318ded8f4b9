package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// The conditions under which the person $1 reaches a family f: everybody's, own
// cases, and those that were drawn to them and wait for their decision.
const (
	everyones = `$1::text IS NOT NULL`
	owned     = `(f.owner = $1 OR f.deputy = $1)`
	// waiting is that somebody outside the case has to bring the family back.
	waiting = `(f.state = 'SUSPENDED' OR f.locked_by IS NOT NULL OR f.held_for <> '{}')`
	drawn   = `f.family_id = ANY (ARRAY (
		SELECT d.family_id FROM verifications d WHERE d.confirmer = $1 AND d.outcome = 'PROPOSED'))`
)

// reachable is the condition under which a scope, whose person is $1, reaches f.
func reachable(scope family.Scope) string {
	if scope.All {
		return everyones
	}
	if scope.Waiting {
		return `(` + owned + ` OR ` + drawn + ` OR ` + waiting + `)`
	}
	return `(` + owned + ` OR ` + drawn + `)`
}

// lockFamily locks a family that the scope reaches, as owner or deputy, or with All; who is only
// drawn changes nothing but by their decision. Whoever changes it as theirs has entered
// into the case.
func (s *Store) lockFamily(ctx context.Context, tx pgx.Tx, scope family.Scope, id string) (family.Family, error) {
	condition := owned
	if scope.All {
		condition = everyones
	}
	f := family.Family{ID: id}
	err := tx.QueryRow(ctx, `
		SELECT state, version, entry_version, owner, COALESCE(deputy, ''), COALESCE(locked_by, ''), held_for, `+overdue("$3")+`, created_on, updated_on FROM families f
		WHERE `+condition+` AND f.family_id = $2 FOR UPDATE`, scope.Person, id, day(s.now())).
		Scan(&f.State, &f.Version, &f.Entered, &f.Owner, &f.Deputy, &f.LockedBy, &f.HeldFor, &f.Overdue, &f.CreatedAt, &f.UpdatedAt)
	if postgres.IsNotFound(err) {
		return f, family.Missing()
	}
	if err != nil {
		return f, fmt.Errorf("lock family %s: %w", id, err)
	}
	if scope.All {
		return f, nil
	}
	if err := f.CheckUnlocked(); err != nil && !scope.Stops {
		return f, err
	}
	return f, s.notePart(ctx, tx, id, scope.Person, family.PartEnterer)
}
