package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// memberColumns reads people with the grants in force or proposed and the freeze in
// force at $1, one row a grant and at least one row a person. A query adds which
// people "s" are.
const memberColumns = `
	SELECT s.id AS member_id, s.created_at AS member_since, s.state AS member_state, s.sequence IS NOT NULL AS leaf,
	       coalesce(s.proposer, '') AS member_proposer,
	       ARRAY(SELECT c.person FROM staff_confirmations c WHERE c.staff_id = s.id ORDER BY c.sequence) AS member_confirmers,
	       s.away_until, coalesce(s.deputy, '') AS deputy, s.sessions_since,
	       (SELECT max(f.expires_at) FROM freezes f
	        WHERE f.staff_id = s.id AND f.state = 'FROZEN' AND f.expires_at > $1) AS frozen_until, ` + grantColumns + `
	FROM %s
	LEFT JOIN role_grants g
	       ON g.staff_id = s.id AND g.state <> 'REVOKED' AND g.until_day >= ($1 AT TIME ZONE 'UTC')::date
	ORDER BY %s, g.role`

// grantColumns are those of a grant "g".
const grantColumns = `
	g.id AS grant_id, g.staff_id, g.role, g.state, g.from_day, g.until_day, g.rests_until, g.proposer, g.created_at,
	g.proposed_sequence, g.founded_sequence,
	ARRAY(SELECT c.person FROM grant_confirmations c WHERE c.grant_id = g.id ORDER BY c.sequence) AS confirmers,
	ARRAY(SELECT c.sequence FROM grant_confirmations c WHERE c.grant_id = g.id ORDER BY c.sequence) AS confirmed_sequences,
	ARRAY(SELECT r.person FROM grant_revocations r WHERE r.grant_id = g.id ORDER BY r.sequence) AS revokers,
	ARRAY(SELECT r.sequence FROM grant_revocations r WHERE r.grant_id = g.id ORDER BY r.sequence) AS revoked_sequences`

// personColumns are those of the people that a query is about.
const personColumns = `id, created_at, state, proposer, sequence, away_until, deputy, sessions_since`

var (
	byIdentity = fmt.Sprintf(memberColumns, `(SELECT `+personColumns+` FROM staff WHERE identity = $2) s`, "s.id")
	byID       = fmt.Sprintf(memberColumns, `(SELECT `+personColumns+` FROM staff WHERE id = $2) s`, "s.id")
	ofPage     = fmt.Sprintf(memberColumns, `(SELECT `+personColumns+` FROM staff WHERE id = ANY($2)) s`, "array_position($2, s.id)")
	everybody  = fmt.Sprintf(memberColumns, `(SELECT `+personColumns+` FROM staff p WHERE EXISTS
		(SELECT 1 FROM role_grants WHERE staff_id = p.id AND state = 'CONFIRMED' AND until_day >= ($1 AT TIME ZONE 'UTC')::date)) s`, "s.id")
)

// ByIdentity returns the person with an identity's digest as of now; a fault
// STAFF_UNKNOWN where there is none.
func (s *Store) ByIdentity(ctx context.Context, digest []byte, now time.Time) (staff.Member, error) {
	members, err := queryMembers(ctx, s.db.Pool, byIdentity, now, digest)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load person by identity: %w", err)
	}
	if len(members) == 0 {
		return staff.Member{}, staff.Unknown()
	}
	return members[0], nil
}

// ByID returns the person with the given ID as of now; a fault NOT_FOUND where
// there is none.
func (s *Store) ByID(ctx context.Context, id string, now time.Time) (staff.Member, error) {
	return memberByID(ctx, s.db.Pool, id, now)
}

func memberByID(ctx context.Context, q postgres.Querier, id string, now time.Time) (staff.Member, error) {
	members, err := queryMembers(ctx, q, byID, now, id)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load person: %w", err)
	}
	if len(members) == 0 {
		return staff.Member{}, fault.Missing("person")
	}
	return members[0], nil
}

// memberRow is one row of memberColumns.
type memberRow struct {
	MemberID    string
	MemberSince time.Time
	MemberState staff.State
	Leaf        bool

	MemberProposer   string
	MemberConfirmers []string

	FrozenUntil *time.Time
	AwayUntil   *time.Time
	Deputy      string

	SessionsSince *time.Time
	grantRow
}

// grantRow is one row of grantColumns; all is nil for a person without a grant.
type grantRow struct {
	GrantID, StaffID, Proposer    *string
	Role                          *staff.Role
	State                         *staff.State
	FromDay, UntilDay, RestsUntil *time.Time
	CreatedAt                     *time.Time
	ProposedSequence              *int64
	FoundedSequence               *int64
	Confirmers, Revokers          []string
	ConfirmedSequences            []int64
	RevokedSequences              []int64
}

func (r grantRow) grant() staff.Grant {
	g := staff.Grant{
		ID: *r.GrantID, Staff: *r.StaffID, Role: *r.Role, State: *r.State,
		From: *r.FromDay, Until: *r.UntilDay, RestsUntil: *r.RestsUntil, Created: *r.CreatedAt, Confirmers: r.Confirmers, Revokers: r.Revokers,
	}
	if r.Proposer != nil {
		g.Proposer = *r.Proposer
	}
	for _, first := range []*int64{r.ProposedSequence, r.FoundedSequence} {
		if first != nil {
			g.Leaves = append(g.Leaves, *first)
		}
	}
	g.Leaves = append(g.Leaves, r.ConfirmedSequences...)
	g.Leaves = append(g.Leaves, r.RevokedSequences...)
	return g
}

func queryMembers(ctx context.Context, q postgres.Querier, sql string, args ...any) ([]staff.Member, error) {
	rows, err := postgres.Many(ctx, q, "people", pgx.RowToStructByName[memberRow], sql, args...)
	return fold(rows), err
}

// fold joins the rows of each person, which come one after the other.
func fold(rows []memberRow) []staff.Member {
	var members []staff.Member
	for _, r := range rows {
		if len(members) == 0 || members[len(members)-1].ID != r.MemberID {
			m := staff.Member{
				ID: r.MemberID, State: r.MemberState, Leaf: r.Leaf, Proposer: r.MemberProposer, Confirmers: r.MemberConfirmers,
				Created: r.MemberSince, Deputy: r.Deputy,
			}
			if r.FrozenUntil != nil {
				m.FrozenUntil = *r.FrozenUntil
			}
			if r.AwayUntil != nil {
				m.AwayUntil = *r.AwayUntil
			}
			if r.SessionsSince != nil {
				m.SessionsSince = *r.SessionsSince
			}
			members = append(members, m)
		}
		if r.GrantID != nil {
			m := &members[len(members)-1]
			m.Grants = append(m.Grants, r.grant())
		}
	}
	return members
}
