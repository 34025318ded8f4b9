package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Registration is a family that is registered now.
type Registration struct {
	// Owner is whose case it becomes.
	Owner string `json:"-"`
	// PrisonerID is whom the family stands behind.
	PrisonerID string `json:"prisoner"`
	// Country is where it lives, ISO 3166-1 alpha-2.
	Country string `json:"country"`
	// Rule is how it alters a code under pressure, empty for none. One that was replaced
	// is kept nowhere.
	Rule confirmation.Rule `json:"-"`
}

// CreateFamily registers a family in DRAFT and makes its key.
func (s *Store) CreateFamily(ctx context.Context, r Registration) (family.Family, error) {
	var f family.Family
	id, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (id string, err error) {
		f, err = s.createFamily(ctx, tx, r)
		return f.ID, err
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return f, err
	}
	return s.Family(ctx, family.Scope{Person: r.Owner}, id)
}

func (s *Store) createFamily(ctx context.Context, tx pgx.Tx, r Registration) (family.Family, error) {
	f := family.Family{ID: resource.NewID(resource.KindFamily), State: family.Draft, Version: 1, Entered: 1, Owner: r.Owner, CreatedAt: s.today()}
	f.UpdatedAt = f.CreatedAt
	if err := checkPrisoner(ctx, tx, r.PrisonerID); err != nil {
		return f, err
	}
	if err := s.createKey(ctx, seal.Family(f.ID)); err != nil {
		return f, fmt.Errorf("make key of family %s: %w", f.ID, err)
	}
	sealed, err := s.sealRegistration(ctx, f.ID, 1, r)
	if err != nil {
		return f, fmt.Errorf("seal family %s: %w", f.ID, err)
	}
	profile, err := s.seal(ctx, profileColumn.At(seal.Family(f.ID), f.ID, 1), family.Profile{Country: r.Country})
	if err != nil {
		return f, fmt.Errorf("seal profile of family %s: %w", f.ID, err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO families (family_id, owner, state, version, prisoner_digest, prisoner_sealed,
			profile_version, profile_sealed, rule_sealed, created_on, updated_on)
		VALUES ($1, $2, $3, 1, $4, $5, 1, $6, $7, $8, $8)`,
		f.ID, f.Owner, f.State, sealed.link, sealed.prisoner, profile, sealed.rule, f.CreatedAt)
	if err != nil {
		return f, fmt.Errorf("create family: %w", err)
	}
	if err := s.enter(ctx, tx, entry{family: f.ID, id: f.ID, version: 1, writer: r.Owner, content: r}); err != nil {
		return f, err
	}
	return f, s.notePart(ctx, tx, f.ID, f.Owner, family.PartOwner)
}

// sealedRegistration is what of a registration is sealed or digested.
type sealedRegistration struct {
	link, prisoner, rule []byte
}

// checkPrisoner refuses a prisoner who is not in the register.
func checkPrisoner(ctx context.Context, tx pgx.Tx, id string) error {
	var known bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM prisoners WHERE prisoner_id = $1)`, id).Scan(&known); err != nil {
		return fmt.Errorf("look for prisoner: %w", err)
	}
	if !known {
		return fault.Field("prisoner", fault.FieldNoSuchResource, "must be a prisoner of the register")
	}
	return nil
}

// sealRegistration seals what was said, as a version.
func (s *Store) sealRegistration(ctx context.Context, id string, version int, r Registration) (out sealedRegistration, err error) {
	key := seal.Family(id)
	if out.link, err = s.digest(ctx, seal.Prisoner(r.PrisonerID), "family", nil); err != nil {
		return out, err
	}
	if out.prisoner, err = s.seal(ctx, prisonerColumn.At(key, id, version), r.PrisonerID); err != nil {
		return out, err
	}
	out.rule, err = s.sealBytes(ctx, ruleColumn.At(key, id, version), r.Rule.Bytes())
	return out, err
}

// familyColumns are what can be told of a family f, with its latest verification
// as v.
const familyColumns = `f.family_id, f.state, f.version, f.entry_version, f.owner, COALESCE(f.deputy, ''), COALESCE(f.locked_by, ''), f.held_for, v.proposer, v.confirmer, v.stands_in, v.independent_check, COALESCE(v.outcome = 'CONFIRMED', false), f.created_on, f.updated_on`

// latestVerification joins v to f.
const latestVerification = ` LEFT JOIN LATERAL (
		SELECT proposer, confirmer, stands_in, independent_check, outcome FROM verifications
		WHERE family_id = f.family_id ORDER BY proposed_version DESC LIMIT 1) v ON true `

// Family returns a family that the scope reaches.
func (s *Store) Family(ctx context.Context, scope family.Scope, id string) (family.Family, error) {
	return postgres.One(ctx, s.db.Pool, "family", scanFamily, `SELECT `+familyColumns+` FROM families f `+latestVerification+`
		WHERE `+reachable(scope)+` AND f.family_id = $2`, scope.Person, id)
}

// Families lists what the scope reaches, the oldest first.
func (s *Store) Families(ctx context.Context, scope family.Scope, p page.Page) ([]family.Family, error) {
	return listing.Rows(ctx, s.db.Pool, "families", scanFamily, `SELECT `+familyColumns+` FROM families f `+latestVerification,
		familyList(), p, reached(scope, "f"))
}

func scanFamily(row pgx.CollectableRow) (family.Family, error) {
	var f family.Family
	var proposer, confirmer, check *string
	var standsIn *bool
	err := row.Scan(&f.ID, &f.State, &f.Version, &f.Entered, &f.Owner, &f.Deputy, &f.LockedBy, &f.HeldFor, &proposer, &confirmer, &standsIn, &check, &f.Seen, &f.CreatedAt, &f.UpdatedAt)
	f.StandsIn = standsIn != nil && *standsIn
	f.Proposer, f.Confirmer, f.Check = orEmpty(proposer), orEmpty(confirmer), orEmpty(check)
	return f, err
}
