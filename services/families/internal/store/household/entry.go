package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// entry is one version of what was entered about a family.
type entry struct {
	// family is whose it is, id says of what: a member, a contact, the family itself.
	family, id string
	// version counts from 1; some may be left out.
	version int
	// writer entered it; reason is why, empty for the first version.
	writer, reason string
	// content is sealed as JSON.
	content any
}

// enter seals a version and keeps it. None is ever changed.
func (s *Store) enter(ctx context.Context, tx pgx.Tx, e entry) error {
	sealed, err := s.seal(ctx, entryColumn.At(seal.Family(e.family), e.id, e.version), e.content)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO entries (entry_id, version, family_id, sealed, writer, reason, entered_on)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''), $7)`, e.id, e.version, e.family, sealed, e.writer, e.reason, s.today())
	if err != nil {
		return fmt.Errorf("enter version %d of %s: %w", e.version, e.id, err)
	}
	return nil
}

// openEntry opens one version into content.
func (s *Store) openEntry(ctx context.Context, q postgres.Querier, familyID, id string, version int, content any) error {
	var sealed []byte
	err := q.QueryRow(ctx, `SELECT sealed FROM entries WHERE entry_id = $1 AND version = $2 AND family_id = $3`, id, version, familyID).Scan(&sealed)
	if err != nil {
		return fmt.Errorf("read version %d of %s: %w", version, id, err)
	}
	return s.open(ctx, entryColumn.At(seal.Family(familyID), id, version), sealed, content)
}

// Version is one version of what was entered, in plain text.
type Version[T any] struct {
	// Number counts from 1.
	Number int64
	// Writer entered it, Reason is why: empty for the first version.
	Writer, Reason string
	// EnteredOn is the day.
	EnteredOn time.Time
	// Content is what was entered.
	Content T
}

// History asks for the versions of one entry of a family.
type History struct {
	// Person asks, for a purpose.
	Person, Purpose string
	// FamilyID is the family, ID says of what; What names it where there is none.
	FamilyID, ID, What string
}

// Versions lists the versions of an entry, the newest first. It is a read of the family,
// on record before anything is opened, and open to whom Unseal is open.
func Versions[T any](ctx context.Context, s *Store, h History, p page.Page) ([]Version[T], error) {
	if _, err := s.admit(ctx, h.Person, h.FamilyID, h.Purpose); err != nil {
		return nil, err
	}
	list, err := listing.Rows(ctx, s.db.Pool, "versions", func(row pgx.CollectableRow) (v Version[T], err error) {
		var sealed []byte
		var reason *string
		if err = row.Scan(&v.Number, &v.Writer, &reason, &v.EnteredOn, &sealed); err != nil {
			return v, err
		}
		v.Reason = orEmpty(reason)
		err = s.open(ctx, entryColumn.At(seal.Family(h.FamilyID), h.ID, int(v.Number)), sealed, &v.Content)
		return v, err
	}, `SELECT e.version, e.writer, e.reason, e.entered_on, e.sealed FROM entries e`, entryList(), p,
		listing.Where("e.entry_id = %s", h.ID), listing.Where("e.family_id = %s", h.FamilyID))
	if err == nil && len(list) == 0 && len(p.After) == 0 {
		return nil, fault.Missing(h.What)
	}
	return list, err
}
