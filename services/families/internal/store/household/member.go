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
			made := family.Member{ID: id, Version: 1, CreatedAt: now}
			if err := s.enter(ctx, tx, entry{family: familyID, id: id, version: 1, writer: scope.Person, content: m}); err != nil {
				return made, err
			}
			if _, err := tx.Exec(ctx, `
				INSERT INTO members (member_id, family_id, created_on)
				VALUES ($1, $2, $3)`, id, familyID, now); err != nil {
				return made, err
			}
			return made, s.changeProfile(ctx, tx, familyID, func(p *family.Profile) { p.Born(0, m.BirthYear) })
		},
	})
}

// ChangeMember changes a member as shall says: the family's profile is made anew, and
// what was verified is due to be verified again.
func (s *Store) ChangeMember(ctx context.Context, scope family.Scope, familyID, id, reason string, shall func(now family.Member) (family.Member, error)) (family.Member, error) {
	return correct(ctx, s, scope, familyID, id, correction[family.Member]{
		what: "member", read: s.member,
		lock: func(ctx context.Context, tx pgx.Tx, familyID, id string) (family.Member, error) {
			m, err := oneMember(ctx, tx, familyID, id, ` FOR UPDATE`)
			if err != nil {
				return m, err
			}
			return m, s.openEntry(ctx, tx, familyID, id, m.Version, &m)
		},
		write: func(ctx context.Context, tx pgx.Tx, f family.Family, was, m family.Member) (family.Member, error) {
			if err := family.CheckUnseen(f.State); err != nil {
				return m, err
			}
			m.Version = was.Version + 1
			if err := s.enter(ctx, tx, entry{family: familyID, id: id, version: m.Version, writer: scope.Person, reason: reason, content: m}); err != nil {
				return m, err
			}
			if _, err := tx.Exec(ctx, `UPDATE members SET version = $2 WHERE member_id = $1`, id, m.Version); err != nil {
				return m, err
			}
			if err := s.changeProfile(ctx, tx, familyID, func(p *family.Profile) { p.Born(was.BirthYear, m.BirthYear) }); err != nil {
				return m, err
			}
			return m, s.makeDue(ctx, tx, familyID)
		},
	}, shall)
}

// changeProfile changes the sealed profile of a locked family.
func (s *Store) changeProfile(ctx context.Context, tx pgx.Tx, familyID string, change func(p *family.Profile)) error {
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
	change(&p)
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

const memberColumns = `member_id, version, created_on`

// scanMember reads memberColumns, and what stands after them into further.
func scanMember(row pgx.CollectableRow, further ...any) (m family.Member, err error) {
	err = row.Scan(append([]any{&m.ID, &m.Version, &m.CreatedAt}, further...)...)
	return m, err
}

// plain is a scan of nothing further.
func plain[T any](scan func(row pgx.CollectableRow, further ...any) (T, error)) pgx.RowToFunc[T] {
	return func(row pgx.CollectableRow) (T, error) { return scan(row) }
}

func (s *Store) member(ctx context.Context, familyID, id string) (family.Member, error) {
	return oneMember(ctx, s.db.Pool, familyID, id, "")
}

// oneMember reads one member without what is sealed; lock is a locking clause.
func oneMember(ctx context.Context, q postgres.Querier, familyID, id, lock string) (family.Member, error) {
	return postgres.One(ctx, q, "member", plain(scanMember), `SELECT `+memberColumns+` FROM members
		WHERE member_id = $1 AND family_id = $2`+lock, id, familyID)
}
