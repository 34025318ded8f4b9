package store

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

// addition is one row that is added to a locked family.
type addition func(ctx context.Context, tx pgx.Tx, now time.Time) error

// add adds a row to a family that has not ended, and returns its name.
func (s *Store) add(ctx context.Context, scope family.Scope, familyID, name string, insert addition) (string, error) {
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := lockFamily(ctx, tx, scope, familyID)
		if err != nil {
			return "", err
		}
		if err := family.CheckOpen(f.State); err != nil {
			return "", err
		}
		if err := insert(ctx, tx, s.now()); err != nil {
			return "", fmt.Errorf("add %s: %w", name, err)
		}
		return "families/" + familyID + "/" + name, nil
	})
}

// AddMember adds a member and makes the family's profile anew.
func (s *Store) AddMember(ctx context.Context, scope family.Scope, familyID string, m family.Member) (string, error) {
	id := resource.NewID("m")
	return s.add(ctx, scope, familyID, "members/"+id, func(ctx context.Context, tx pgx.Tx, now time.Time) error {
		sealed, err := s.seal(ctx, familyKey(familyID), place("members", id), m)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO members (member_id, family_id, sealed, created_at)
			VALUES ($1, $2, $3, $4)`, id, familyID, sealed, now); err != nil {
			return err
		}
		return s.growProfile(ctx, tx, familyID, m.BirthYear)
	})
}

// growProfile adds a birth year to the sealed profile of a locked family.
func (s *Store) growProfile(ctx context.Context, tx pgx.Tx, familyID string, born int) error {
	if born == 0 {
		return nil
	}
	var version int
	var sealed []byte
	if err := tx.QueryRow(ctx, `SELECT profile_version, profile_sealed FROM families WHERE family_id = $1`, familyID).
		Scan(&version, &sealed); err != nil {
		return err
	}
	var p family.Profile
	if err := s.open(ctx, familyKey(familyID), familyPlace(familyID, "profile_sealed", version), sealed, &p); err != nil {
		return err
	}
	p.BirthYears = append(p.BirthYears, born)
	sealed, err := s.seal(ctx, familyKey(familyID), familyPlace(familyID, "profile_sealed", version+1), p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE families SET profile_version = profile_version + 1, profile_sealed = $2
		WHERE family_id = $1`, familyID, sealed)
	return err
}

// Members lists the members of a family by pseudonym, the oldest first.
func (s *Store) Members(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]family.Member, error) {
	return belongings(ctx, s, scope, familyID, plain(scanMember), `
		SELECT member_id, created_at FROM members
		WHERE family_id = $1 AND (created_at, member_id) > ($2, $3)
		ORDER BY created_at, member_id LIMIT $4`, p)
}

// scanMember reads a member's id and time, and what stands after them into
// further.
func scanMember(row pgx.CollectableRow, further ...any) (m family.Member, err error) {
	err = row.Scan(append([]any{&m.ID, &m.CreatedAt}, further...)...)
	return m, err
}

// plain is a scan of nothing further.
func plain[T any](scan func(row pgx.CollectableRow, further ...any) (T, error)) pgx.RowToFunc[T] {
	return func(row pgx.CollectableRow) (T, error) { return scan(row) }
}

// belongings runs a list query of a family that the scope reaches.
func belongings[T any](ctx context.Context, s *Store, scope family.Scope, familyID string, scan pgx.RowToFunc[T], query string, p page.Page) ([]T, error) {
	at, id, err := p.OldestFirst()
	if err != nil {
		return nil, err
	}
	if _, err := s.Family(ctx, scope, familyID); err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "what belongs to a family", scan, query, familyID, at, id, p.Limit())
}

// Member returns one member by pseudonym.
func (s *Store) Member(ctx context.Context, familyID, id string) (family.Member, error) {
	m := family.Member{ID: id}
	err := s.db.Pool.QueryRow(ctx, `
		SELECT created_at FROM members WHERE member_id = $1 AND family_id = $2`, id, familyID).Scan(&m.CreatedAt)
	if err != nil {
		return m, fmt.Errorf("read member %s: %w", id, err)
	}
	return m, nil
}
