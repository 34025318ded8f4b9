package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// memberColumns reads people with the grants and the freeze in force at $1, one
// row a grant and at least one row a person. A query adds which people "s" are.
const memberColumns = `
	SELECT s.id, s.created_at,
	       (SELECT max(f.expires_at) FROM freezes f
	        WHERE f.staff_id = s.id AND f.expires_at > $1) AS frozen_until,
	       g.id AS grant_id, g.role, g.created_at AS granted_at, g.expires_at
	FROM %s
	LEFT JOIN role_grants g
	       ON g.staff_id = s.id AND g.revoked_at IS NULL AND g.created_at <= $1 AND g.expires_at > $1
	ORDER BY s.id, g.role`

var (
	byIdentity = fmt.Sprintf(memberColumns, "(SELECT id, created_at FROM staff WHERE identity = $2) s")
	byID       = fmt.Sprintf(memberColumns, "(SELECT id, created_at FROM staff WHERE id = $2) s")
	pageAfter  = fmt.Sprintf(memberColumns, `(SELECT id, created_at FROM staff WHERE id > $2 ORDER BY id LIMIT $3) s`)
)

// ByIdentity returns the person with an identity's digest as of now; a fault
// STAFF_UNKNOWN where there is none.
func (s *Store) ByIdentity(ctx context.Context, digest []byte, now time.Time) (staff.Member, error) {
	members, err := queryMembers(ctx, s.db.Pool, byIdentity, now, digest)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load person by identity: %w", err)
	}
	if len(members) == 0 {
		return staff.Member{}, fault.New(fault.NotFound, "STAFF_UNKNOWN", "This identity has no role here.")
	}
	return members[0], nil
}

// ByID returns the person with the given ID as of now; a fault NOT_FOUND where
// there is none.
func (s *Store) ByID(ctx context.Context, id string, now time.Time) (staff.Member, error) {
	members, err := queryMembers(ctx, s.db.Pool, byID, now, id)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load person: %w", err)
	}
	if len(members) == 0 {
		return staff.Member{}, fault.Missing("person")
	}
	return members[0], nil
}

// List lists people by ID.
func (s *Store) List(ctx context.Context, p page.Page, now time.Time) ([]staff.Member, error) {
	last, err := p.Keys(1)
	if err != nil {
		return nil, err
	}
	return queryMembers(ctx, s.db.Pool, pageAfter, now, last[0], p.Limit())
}

// Holding returns the IDs of everybody who holds role now and is not frozen.
func (s *Store) Holding(ctx context.Context, role staff.Role, now time.Time) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "holders of a role", pgx.RowTo[string], `
		SELECT DISTINCT g.staff_id
		FROM role_grants g
		WHERE g.role = $1 AND g.revoked_at IS NULL AND g.created_at <= $2 AND g.expires_at > $2
		  AND NOT EXISTS (SELECT 1 FROM freezes f WHERE f.staff_id = g.staff_id AND f.expires_at > $2)
		ORDER BY g.staff_id`, role, now)
}

// memberRow is one row of memberColumns.
type memberRow struct {
	ID          string
	CreatedAt   time.Time
	FrozenUntil *time.Time
	GrantID     *string
	Role        *staff.Role
	GrantedAt   *time.Time
	ExpiresAt   *time.Time
}

func queryMembers(ctx context.Context, q postgres.Querier, sql string, args ...any) ([]staff.Member, error) {
	rows, err := postgres.Many(ctx, q, "people", pgx.RowToStructByName[memberRow], sql, args...)
	return fold(rows), err
}

// fold joins the rows of each person, which come one after the other.
func fold(rows []memberRow) []staff.Member {
	var members []staff.Member
	for _, r := range rows {
		if len(members) == 0 || members[len(members)-1].ID != r.ID {
			m := staff.Member{ID: r.ID, Created: r.CreatedAt}
			if r.FrozenUntil != nil {
				m.FrozenUntil = *r.FrozenUntil
			}
			members = append(members, m)
		}
		if r.GrantID != nil {
			m := &members[len(members)-1]
			m.Grants = append(m.Grants, staff.Grant{
				ID: *r.GrantID, Staff: r.ID, Role: *r.Role, Created: *r.GrantedAt, Expires: *r.ExpiresAt,
			})
		}
	}
	return members
}
