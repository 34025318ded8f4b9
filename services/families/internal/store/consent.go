package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// AddConsent records what a family agreed to.
func (s *Store) AddConsent(ctx context.Context, scope family.Scope, familyID string, c family.Consent) (string, error) {
	id := resource.NewID("n")
	return s.add(ctx, scope, familyID, "consents/"+id, func(ctx context.Context, tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO consents (consent_id, family_id, purpose, given_on, expires_on, recorder, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, familyID, c.Purpose, c.GivenOn, c.ExpiresOn, scope.Person, now)
		return err
	})
}

// WithdrawConsent ends a consent today. One that was withdrawn stays so.
func (s *Store) WithdrawConsent(ctx context.Context, scope family.Scope, familyID, id string) error {
	return s.onFamily(ctx, scope, familyID, func(ctx context.Context, tx pgx.Tx, _ family.Family) error {
		tag, err := tx.Exec(ctx, `
			UPDATE consents SET withdrawn_on = COALESCE(withdrawn_on, $3)
			WHERE consent_id = $1 AND family_id = $2`, id, familyID, day(s.now()))
		if err != nil {
			return fmt.Errorf("withdraw consent %s: %w", id, err)
		}
		if tag.RowsAffected() == 0 {
			return fault.Missing("consent")
		}
		return nil
	})
}

const consentColumns = `consent_id, purpose, given_on, expires_on, withdrawn_on, created_at`

// Consent returns one consent.
func (s *Store) Consent(ctx context.Context, familyID, id string) (family.Consent, error) {
	return postgres.One(ctx, s.db.Pool, "consent", scanConsent, `SELECT `+consentColumns+` FROM consents
		WHERE consent_id = $1 AND family_id = $2`, id, familyID)
}

// Consents lists the consents of a family, the oldest first.
func (s *Store) Consents(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]family.Consent, error) {
	return belongings(ctx, s, scope, familyID, scanConsent, `SELECT `+consentColumns+` FROM consents
		WHERE family_id = $1 AND (created_at, consent_id) > ($2, $3)
		ORDER BY created_at, consent_id LIMIT $4`, p)
}

func scanConsent(row pgx.CollectableRow) (family.Consent, error) {
	var c family.Consent
	var withdrawn *time.Time
	err := row.Scan(&c.ID, &c.Purpose, &c.GivenOn, &c.ExpiresOn, &withdrawn, &c.CreatedAt)
	if withdrawn != nil {
		c.WithdrawnOn = *withdrawn
	}
	return c, err
}
