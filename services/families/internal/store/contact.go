package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// AddContact adds a channel that another person has to confirm.
func (s *Store) AddContact(ctx context.Context, scope family.Scope, familyID string, c family.Contact) (string, error) {
	id := resource.NewID("c")
	return s.add(ctx, scope, familyID, "contacts/"+id, func(ctx context.Context, tx pgx.Tx, now time.Time) error {
		sealed, err := s.seal(ctx, familyKey(familyID), place("contacts", id), c)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO contacts (contact_id, family_id, sealed, state, enterer, created_at)
			VALUES ($1, $2, $3, 'PENDING', $4, $5)`, id, familyID, sealed, scope.Person, now)
		return err
	})
}

// ConfirmContact confirms a channel; not by who entered it.
func (s *Store) ConfirmContact(ctx context.Context, person, familyID, id string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		var second family.Second
		err := tx.QueryRow(ctx, `
			SELECT state, enterer FROM contacts WHERE contact_id = $1 AND family_id = $2 FOR UPDATE`, id, familyID).
			Scan(&second.State, &second.Enterer)
		if postgres.IsNotFound(err) {
			return "", fault.Missing("contact")
		}
		if err != nil {
			return "", fmt.Errorf("read contact %s: %w", id, err)
		}
		if err := second.CheckConfirm("contact", person); err != nil {
			return "", err
		}
		_, err = tx.Exec(ctx, `
			UPDATE contacts SET state = 'CONFIRMED', confirmer = $2, confirmed_at = $3
			WHERE contact_id = $1`, id, person, s.now())
		if err != nil {
			return "", fmt.Errorf("confirm contact %s: %w", id, err)
		}
		return "families/" + familyID + "/contacts/" + id, nil
	})
	return err
}

const contactColumns = `contact_id, state, enterer, confirmer, created_at`

// Contact returns one channel without what is sealed.
func (s *Store) Contact(ctx context.Context, familyID, id string) (family.Contact, error) {
	return postgres.One(ctx, s.db.Pool, "contact", plain(scanContact), `SELECT `+contactColumns+` FROM contacts
		WHERE contact_id = $1 AND family_id = $2`, id, familyID)
}

// Contacts lists the channels of a family, the oldest first.
func (s *Store) Contacts(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]family.Contact, error) {
	return belongings(ctx, s, scope, familyID, plain(scanContact), `SELECT `+contactColumns+` FROM contacts
		WHERE family_id = $1 AND (created_at, contact_id) > ($2, $3)
		ORDER BY created_at, contact_id LIMIT $4`, p)
}

// scanContact reads contactColumns, and what stands after them into further.
func scanContact(row pgx.CollectableRow, further ...any) (family.Contact, error) {
	var c family.Contact
	var confirmer *string
	err := row.Scan(append([]any{&c.ID, &c.Second.State, &c.Second.Enterer, &confirmer, &c.CreatedAt}, further...)...)
	c.Second.Confirmer = orEmpty(confirmer)
	return c, err
}
