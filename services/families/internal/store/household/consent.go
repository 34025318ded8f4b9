package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// AddConsent records what a family agreed to.
func (s *Store) AddConsent(ctx context.Context, scope family.Scope, familyID string, c family.Consent) (family.Consent, error) {
	return add(ctx, s, scope, familyID, addition[family.Consent]{
		kind: resource.KindConsent, read: s.consent,
		insert: func(ctx context.Context, tx pgx.Tx, id string, now time.Time) (family.Consent, error) {
			c.ID, c.Version, c.CreatedAt = id, 1, now
			if _, err := s.record(ctx, consentRow(familyID, c)); err != nil {
				return c, err
			}
			if err := s.enter(ctx, tx, entry{family: familyID, id: id, version: 1, writer: scope.Person, content: c}); err != nil {
				return c, err
			}
			_, err := tx.Exec(ctx, `
				INSERT INTO consents (consent_id, family_id, purpose, given_on, expires_on, recorder, created_on)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, familyID, c.Purpose, c.GivenOn, c.ExpiresOn, scope.Person, now)
			return c, err
		},
	})
}

// ChangeConsent changes a consent that was not withdrawn as shall says. It is a decision
// of its own, by who changes it.
func (s *Store) ChangeConsent(ctx context.Context, scope family.Scope, familyID, id, reason string, shall func(now family.Consent) (family.Consent, error)) (family.Consent, error) {
	return correct(ctx, s, scope, familyID, id, correction[family.Consent]{
		what: "consent", read: s.consent,
		lock: func(ctx context.Context, tx pgx.Tx, familyID, id string) (family.Consent, error) {
			return oneConsent(ctx, tx, familyID, id, ` FOR UPDATE`)
		},
		write: func(ctx context.Context, tx pgx.Tx, _ family.Family, was, c family.Consent) (_ family.Consent, err error) {
			if err := was.CheckGiven(); err != nil {
				return c, err
			}
			c.ID, c.Version, c.CreatedAt = id, was.Version+1, was.CreatedAt
			if c.Version, err = s.record(ctx, consentRow(familyID, c)); err != nil {
				return c, err
			}
			if err = s.enter(ctx, tx, entry{family: familyID, id: id, version: c.Version, writer: scope.Person, reason: reason, content: c}); err != nil {
				return c, err
			}
			_, err = tx.Exec(ctx, `
				UPDATE consents SET version = $2, purpose = $3, given_on = $4, expires_on = $5, recorder = $6
				WHERE consent_id = $1`, id, c.Version, c.Purpose, c.GivenOn, c.ExpiresOn, scope.Person)
			return c, err
		},
	}, shall)
}

// WithdrawConsent ends a consent today. One that was withdrawn stays so.
func (s *Store) WithdrawConsent(ctx context.Context, scope family.Scope, familyID, id string) (c family.Consent, err error) {
	scope.Stops = true
	_, err = idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if _, err := s.lockFamily(ctx, tx, scope, familyID); err != nil {
			return "", err
		}
		c, err = postgres.One(ctx, tx, "consent", plain(scanConsent), `
			UPDATE consents SET withdrawn_on = COALESCE(withdrawn_on, $3), version = CASE WHEN withdrawn_on IS NULL THEN version + 1 ELSE version END
			WHERE consent_id = $1 AND family_id = $2
			RETURNING `+consentColumns, id, familyID, day(s.now()))
		if err != nil {
			return "", err
		}
		if c.WithdrawnOn.Before(day(s.now())) {
			return id, nil // it is owed, or recorded, since then
		}
		return id, s.oweStop(ctx, tx, consentRow(familyID, c))
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return c, err
	}
	return s.consent(ctx, familyID, id)
}

const consentColumns = `consent_id, purpose, given_on, expires_on, withdrawn_on, version, created_on`

func (s *Store) consent(ctx context.Context, familyID, id string) (family.Consent, error) {
	return oneConsent(ctx, s.db.Pool, familyID, id, "")
}

// oneConsent reads one consent; lock is a locking clause.
func oneConsent(ctx context.Context, q postgres.Querier, familyID, id, lock string) (family.Consent, error) {
	return postgres.One(ctx, q, "consent", plain(scanConsent), `SELECT `+consentColumns+` FROM consents
		WHERE consent_id = $1 AND family_id = $2`+lock, id, familyID)
}

// Consents lists the consents of a family, or of all that the scope reaches, the oldest
// first.
func (s *Store) Consents(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]Belonging[family.Consent], error) {
	return belongings(ctx, s, scope, familyID, scanConsent, consentColumns, consentList(), p)
}

// scanConsent reads consentColumns, and what stands after them into further.
func scanConsent(row pgx.CollectableRow, further ...any) (family.Consent, error) {
	var c family.Consent
	var withdrawn *time.Time
	err := row.Scan(append([]any{&c.ID, &c.Purpose, &c.GivenOn, &c.ExpiresOn, &withdrawn, &c.Version, &c.CreatedAt}, further...)...)
	if withdrawn != nil {
		c.WithdrawnOn = *withdrawn
	}
	return c, err
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
