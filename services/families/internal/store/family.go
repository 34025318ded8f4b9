package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Registration is a family that is registered now.
type Registration struct {
	// Owner is whose case it becomes.
	Owner string
	// PrisonerID is whom the family stands behind.
	PrisonerID string
	// Country is where it lives, ISO 3166-1 alpha-2.
	Country string
	// Rule is how it alters a code under pressure, empty for none.
	Rule confirmation.Rule
}

func familyPlace(id, column string, version int) seal.Ref {
	return seal.Ref{Table: "families", Column: column, Row: id, Version: version}
}

// CreateFamily registers a family in DRAFT and makes its key.
func (s *Store) CreateFamily(ctx context.Context, r Registration) (string, error) {
	id := resource.NewID("f")
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if err := s.createFamily(ctx, tx, id, r); err != nil {
			return "", err
		}
		return "families/" + id, nil
	})
}

func (s *Store) createFamily(ctx context.Context, tx pgx.Tx, id string, r Registration) error {
	var known bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM prisoners WHERE prisoner_id = $1)`, r.PrisonerID).
		Scan(&known); err != nil {
		return fmt.Errorf("look for prisoner: %w", err)
	}
	if !known {
		return fault.Field("prisoner", "must be a prisoner of the register")
	}
	if err := s.keys.Create(ctx, familyKey(id)); err != nil { // twice is the same as once
		return fmt.Errorf("make key of family %s: %w", id, err)
	}
	link, err := s.keys.Digest(ctx, prisonerKey(r.PrisonerID), "family", nil)
	if err != nil {
		return fmt.Errorf("link family %s: %w", id, err)
	}
	prisonerSealed, err1 := s.seal(ctx, familyKey(id), familyPlace(id, "prisoner_sealed", 1), r.PrisonerID)
	profile, err2 := s.seal(ctx, familyKey(id), familyPlace(id, "profile_sealed", 1), family.Profile{Country: r.Country})
	rule, err3 := s.keys.Seal(ctx, familyKey(id), familyPlace(id, "rule_sealed", 1), r.Rule.Bytes())
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return fmt.Errorf("seal family %s: %w", id, err)
		}
	}
	now := s.now()
	_, err = tx.Exec(ctx, `
		INSERT INTO families (family_id, owner, state, prisoner_digest, prisoner_sealed,
			profile_version, profile_sealed, rule_sealed, created_at, updated_at)
		VALUES ($1, $2, 'DRAFT', $3, $4, 1, $5, $6, $7, $7)`,
		id, r.Owner, link, prisonerSealed, profile, rule, now)
	return err
}

// familyColumns are what can be told of a family f, with its latest verification
// as v.
const familyColumns = `f.family_id, f.state, f.owner, v.proposer, v.confirmer, f.created_at, f.updated_at`

// latestVerification joins v to f.
const latestVerification = ` LEFT JOIN LATERAL (
		SELECT proposer, confirmer, outcome, proposed_at FROM verifications
		WHERE family_id = f.family_id ORDER BY proposed_at DESC, verification_id LIMIT 1) v ON true `

// inScope is the condition under which the person $1 reaches f; $2 lifts it.
const inScope = ` ($2 OR f.owner = $1 OR (v.confirmer = $1 AND v.outcome = 'PROPOSED')) `

// Family returns a family that the scope reaches.
func (s *Store) Family(ctx context.Context, scope family.Scope, id string) (family.Family, error) {
	return postgres.One(ctx, s.db.Pool, "family", scanFamily, `SELECT `+familyColumns+` FROM families f `+latestVerification+`
		WHERE `+inScope+` AND f.family_id = $3`, scope.Person, scope.All, id)
}

// Families lists what the scope reaches, by id; an empty state is any.
func (s *Store) Families(ctx context.Context, scope family.Scope, state family.State, p page.Page) ([]family.Family, error) {
	last, err := p.Keys(1)
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "families", scanFamily, `SELECT `+familyColumns+` FROM families f `+latestVerification+`
		WHERE `+inScope+` AND f.family_id > $3 AND ($4 = '' OR f.state = $4)
		ORDER BY f.family_id LIMIT $5`, scope.Person, scope.All, last[0], state, p.Limit())
}

func scanFamily(row pgx.CollectableRow) (family.Family, error) {
	var f family.Family
	var proposer, confirmer *string
	err := row.Scan(&f.ID, &f.State, &f.Owner, &proposer, &confirmer, &f.CreatedAt, &f.UpdatedAt)
	f.Proposer, f.Confirmer = orEmpty(proposer), orEmpty(confirmer)
	return f, err
}

// lockFamily locks a family that the scope reaches, as owner or by lifting; who
// is only drawn changes nothing but through their decision.
func lockFamily(ctx context.Context, tx pgx.Tx, scope family.Scope, id string) (family.Family, error) {
	f := family.Family{ID: id}
	err := tx.QueryRow(ctx, `
		SELECT state, owner, created_at, updated_at FROM families f
		WHERE ($2 OR f.owner = $1) AND f.family_id = $3 FOR UPDATE`, scope.Person, scope.All, id).
		Scan(&f.State, &f.Owner, &f.CreatedAt, &f.UpdatedAt)
	if postgres.IsNotFound(err) {
		return f, family.Missing()
	}
	if err != nil {
		return f, fmt.Errorf("lock family %s: %w", id, err)
	}
	return f, nil
}

// move brings a locked family into another state.
func (s *Store) move(ctx context.Context, tx pgx.Tx, f family.Family, to family.State) error {
	if err := family.Move(f.State, to); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE families SET state = $2, updated_at = $3 WHERE family_id = $1`, f.ID, to, s.now())
	if err != nil {
		return fmt.Errorf("move family %s: %w", f.ID, err)
	}
	return nil
}

// hasConsent reports whether a family's consent to aid is in force.
func (s *Store) hasConsent(ctx context.Context, tx pgx.Tx, id string) (bool, error) {
	var yes bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (
		SELECT FROM consents c WHERE c.family_id = $1 AND `+consentInForce("$2")+`)`, id, day(s.now())).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("read consent of family %s: %w", id, err)
	}
	return yes, nil
}

// consentInForce is the condition of a consent c to aid on a day.
func consentInForce(day string) string {
	return `c.purpose = 'AID' AND c.given_on <= ` + day + ` AND c.expires_on > ` + day + ` AND c.withdrawn_on IS NULL`
}
