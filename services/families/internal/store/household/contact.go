package household

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
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// AddContact adds a channel that another person has to confirm.
func (s *Store) AddContact(ctx context.Context, scope family.Scope, familyID string, c family.Contact) (family.Contact, error) {
	return add(ctx, s, scope, familyID, addition[family.Contact]{
		kind: resource.KindContact, read: s.Contact,
		insert: func(ctx context.Context, tx pgx.Tx, id string, now time.Time) (family.Contact, error) {
			made := family.Contact{ID: id, Version: 1, Second: family.Second{State: family.Pending, Enterer: scope.Person}, CreatedAt: now}
			if err := s.enter(ctx, tx, entry{family: familyID, id: id, version: 1, writer: scope.Person, content: c}); err != nil {
				return made, err
			}
			_, err := tx.Exec(ctx, `
				INSERT INTO contacts (contact_id, family_id, state, enterer, created_on)
				VALUES ($1, $2, $3, $4, $5)`, id, familyID, made.Second.State, made.Second.Enterer, now)
			return made, err
		},
	})
}

// ChangeContact changes a channel as shall says. One that leads elsewhere then has to be
// confirmed again.
func (s *Store) ChangeContact(ctx context.Context, scope family.Scope, familyID, id, reason string, shall func(now family.Contact) (family.Contact, error)) (family.Contact, error) {
	return correct(ctx, s, scope, familyID, id, correction[family.Contact]{
		what: "contact", read: s.Contact,
		lock: func(ctx context.Context, tx pgx.Tx, familyID, id string) (family.Contact, error) {
			c, err := contact(ctx, tx, familyID, id, ` FOR UPDATE`)
			if err != nil {
				return c, err
			}
			return c, s.openEntry(ctx, tx, familyID, id, c.Version, &c)
		},
		write: func(ctx context.Context, tx pgx.Tx, _ family.Family, was, c family.Contact) (family.Contact, error) {
			c.Version, c.Known, c.First = was.Version+1, was.Known, was.First
			if c.Channel != was.Channel || c.Address != was.Address {
				c.Second, c.First = family.Second{State: family.Pending, Enterer: scope.Person}, family.First{}
			} else if c.Known == was.Version {
				c.Known = c.Version
			}
			if err := s.enter(ctx, tx, entry{family: familyID, id: id, version: c.Version, writer: scope.Person, reason: reason, content: c}); err != nil {
				return c, err
			}
			_, err := tx.Exec(ctx, `
				UPDATE contacts SET version = $2, state = $3, enterer = $4, confirmer = NULLIF($5, ''), known_version = NULLIF($6, 0),
					first_confirmer = NULLIF($7, ''), first_confirmed_on = CASE WHEN $7 = '' THEN NULL ELSE first_confirmed_on END,
					confirmed_on = CASE WHEN $3 = 'CONFIRMED' THEN confirmed_on END
				WHERE contact_id = $1`, id, c.Version, c.Second.State, c.Second.Enterer, c.Second.Confirmer, c.Known, c.First.Person)
			return c, err
		},
	}, shall)
}

// ConfirmContact confirms a channel, not by who entered it, but by who has called the
// family, and only as it was seen: etag is empty for who does not say. Where the channels
// known before are dead, it takes a second person some days later.
func (s *Store) ConfirmContact(ctx context.Context, person, familyID, id, etag string, said family.Announcement) (c family.Contact, err error) {
	_, err = idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := s.lockFamily(ctx, tx, family.Scope{Person: person, All: true}, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return "", fault.Missing("contact")
		}
		if err != nil {
			return "", err
		}
		if c, err = contact(ctx, tx, familyID, id, ` FOR UPDATE`); err != nil {
			return "", err
		}
		if err := revision.Check(ctx, etag, int64(c.Version)); err != nil {
			return "", err
		}
		if err := c.Second.CheckConfirm("contact", person); err != nil {
			return "", err
		}
		if err := s.confirms(ctx, tx, familyID, person); err != nil {
			return "", err
		}
		if err := s.called(ctx, tx, familyID, ofContact(c), person); err != nil {
			return "", err
		}
		return id, s.confirmContact(ctx, tx, familyID, person, &c, said)
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return c, err
	}
	return s.Contact(ctx, familyID, id)
}

// confirmContact confirms a channel of a locked family, or notes who is the first to.
func (s *Store) confirmContact(ctx context.Context, tx pgx.Tx, familyID, person string, c *family.Contact, said family.Announcement) error {
	known, _, err := s.channels(ctx, tx, familyID)
	if err != nil {
		return err
	}
	if err := said.Check(known); err != nil {
		return err
	}
	if len(known) > 0 && said.Dead {
		if c.First.Person == "" {
			c.First = family.First{Person: person, On: s.today()}
			_, err = tx.Exec(ctx, `
				UPDATE contacts SET first_confirmer = $2, first_confirmed_on = $3 WHERE contact_id = $1`, c.ID, person, s.today())
			return err
		}
		if err := c.First.CheckSecond(person, s.now(), s.silence); err != nil {
			return err
		}
	}
	c.Second.State, c.Second.Confirmer, c.Known = family.Confirmed, person, c.Version
	_, err = tx.Exec(ctx, `
		UPDATE contacts SET state = $2, confirmer = $3, confirmed_on = $4, known_version = version
		WHERE contact_id = $1`, c.ID, c.Second.State, c.Second.Confirmer, s.today())
	if err != nil {
		return fmt.Errorf("confirm contact %s: %w", c.ID, err)
	}
	return nil
}

const contactColumns = `contact_id, version, state, enterer, confirmer, created_on, COALESCE(known_version, 0), COALESCE(first_confirmer, ''), first_confirmed_on`

// Contact returns a channel without what is sealed.
func (s *Store) Contact(ctx context.Context, familyID, id string) (family.Contact, error) {
	return contact(ctx, s.db.Pool, familyID, id, "")
}

// contact reads one channel without what is sealed; lock is a locking clause.
func contact(ctx context.Context, q postgres.Querier, familyID, id, lock string) (family.Contact, error) {
	return postgres.One(ctx, q, "contact", plain(scanContact), `SELECT `+contactColumns+` FROM contacts
		WHERE contact_id = $1 AND family_id = $2`+lock, id, familyID)
}

// Contacts lists the channels of a family, or of all that the scope reaches, the oldest
// first.
func (s *Store) Contacts(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]Belonging[family.Contact], error) {
	return belongings(ctx, s, scope, familyID, scanContact, contactColumns, contactList(), p)
}

// scanContact reads contactColumns, and what stands after them into further.
func scanContact(row pgx.CollectableRow, further ...any) (family.Contact, error) {
	var c family.Contact
	var confirmer *string
	var first *time.Time
	err := row.Scan(append([]any{&c.ID, &c.Version, &c.Second.State, &c.Second.Enterer, &confirmer, &c.CreatedAt, &c.Known, &c.First.Person, &first}, further...)...)
	c.Second.Confirmer = orEmpty(confirmer)
	if first != nil {
		c.First.On = *first
	}
	return c, err
}
