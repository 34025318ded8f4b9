package household

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// AddMember adds a member and makes the family's profile anew.
func (s *Store) AddMember(ctx context.Context, scope family.Scope, familyID string, m family.Member) (family.Member, error) {
	return add(ctx, s, scope, familyID, addition[family.Member]{
		kind: resource.KindMember, read: s.member,
		insert: func(ctx context.Context, tx pgx.Tx, id string, now time.Time) (family.Member, error) {
			made := family.Member{ID: id, CreatedAt: now}
			sealed, err := s.seal(ctx, memberColumn.At(seal.Family(familyID), id, 1), m)
			if err != nil {
				return made, err
			}
			if _, err := tx.Exec(ctx, `
				INSERT INTO members (member_id, family_id, sealed, created_on)
				VALUES ($1, $2, $3, $4)`, id, familyID, sealed, now); err != nil {
				return made, err
			}
			return made, s.growProfile(ctx, tx, familyID, m.BirthYear)
		},
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
	if err := s.open(ctx, profileColumn.At(seal.Family(familyID), familyID, version), sealed, &p); err != nil {
		return err
	}
	p.BirthYears = append(p.BirthYears, born)
	sealed, err := s.seal(ctx, profileColumn.At(seal.Family(familyID), familyID, version+1), p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE families SET profile_version = profile_version + 1, profile_sealed = $2
		WHERE family_id = $1`, familyID, sealed)
	return err
}

// Members lists the members of a family, or of all that the scope reaches, the oldest
// first.
func (s *Store) Members(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]Belonging[family.Member], error) {
	return belongings(ctx, s, scope, familyID, scanMember, memberColumns, memberList(), p)
}

const memberColumns = `member_id, created_on`

// scanMember reads memberColumns, and what stands after them into further.
func scanMember(row pgx.CollectableRow, further ...any) (m family.Member, err error) {
	err = row.Scan(append([]any{&m.ID, &m.CreatedAt}, further...)...)
	return m, err
}

// plain is a scan of nothing further.
func plain[T any](scan func(row pgx.CollectableRow, further ...any) (T, error)) pgx.RowToFunc[T] {
	return func(row pgx.CollectableRow) (T, error) { return scan(row) }
}

func (s *Store) member(ctx context.Context, familyID, id string) (family.Member, error) {
	return postgres.One(ctx, s.db.Pool, "member", plain(scanMember), `SELECT `+memberColumns+` FROM members
		WHERE member_id = $1 AND family_id = $2`, id, familyID)
}
