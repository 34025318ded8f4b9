package household

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Standing is what decides who may do what with a family and its requests.
type Standing struct {
	// State is the family's.
	State family.State
	// Owner has the case, and Deputy beside them.
	Owner, Deputy string
	// Holds hold it beside its state.
	family.Holds
	// Holdings are what it has, of consents those to aid in force.
	Holdings family.Holdings
	// Review waits for its decision; without an id there is none.
	Review verification.Verification
	// Insiders own the case or have entered into it.
	Insiders family.Insiders
	// Suspension is the one in force; empty where there is none.
	Suspension family.Suspension
	// Sight is who may read its file for a look.
	Sight family.Sight
}

// Standings reads how families stand, in one statement.
func (s *Store) Standings(ctx context.Context, ids ...string) (map[string]Standing, error) {
	list := make(map[string]Standing, len(ids))
	_, err := postgres.Many(ctx, s.db.Pool, "how families stand", func(row pgx.CollectableRow) (struct{}, error) {
		var id string
		x := Standing{Review: verification.Verification{Outcome: verification.Proposed}}
		err := row.Scan(&id, &x.State, &x.Owner, &x.Deputy, &x.LockedBy, &x.HeldFor, &x.Overdue, &x.Holdings.Members, &x.Holdings.Contacts, &x.Holdings.Consents,
			&x.Review.ID, &x.Review.Owner, &x.Review.Proposer, &x.Review.Confirmer, &x.Review.DrawnAt,
			&x.Suspension.Suspender, &x.Suspension.Owner, &x.Sight.Person, &x.Sight.Until, &x.Insiders)
		list[id] = x
		return struct{}{}, err
	}, `
		SELECT f.family_id, f.state, f.owner, COALESCE(f.deputy, ''), COALESCE(f.locked_by, ''), f.held_for, `+overdue("$2")+`,
			(SELECT count(*) FROM members m WHERE m.family_id = f.family_id),
			(SELECT count(*) FROM contacts c WHERE c.family_id = f.family_id),
			(SELECT count(*) FROM consents c WHERE c.family_id = f.family_id AND `+consentInForce("$2")+`),
			COALESCE(v.verification_id, ''), COALESCE(v.case_owner, ''), COALESCE(v.proposer, ''), COALESCE(v.confirmer, ''),
			COALESCE(v.drawn_at, 'epoch'), COALESCE(x.suspender, ''), COALESCE(x.case_owner, ''), COALESCE(g.person, ''), COALESCE(g.until, 'epoch'), `+insidersOf+`
		FROM families f
		LEFT JOIN verifications v ON v.family_id = f.family_id AND v.outcome = 'PROPOSED'
		LEFT JOIN suspensions x ON x.family_id = f.family_id AND x.lifter IS NULL
		LEFT JOIN sights g ON g.family_id = f.family_id
		WHERE f.family_id = ANY($1)`, ids, day(s.now()))
	return list, err
}
