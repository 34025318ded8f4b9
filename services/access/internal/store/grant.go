package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GrantUnasked enrols the identity where it is new and grants it the roles that
// it lacks, in development only: nobody proposed or confirmed it, so the leaf
// names the person as the one who decided. It returns the person's ID.
func (s *Store) GrantUnasked(ctx context.Context, digest []byte, roles []staff.Role, now time.Time) (string, error) {
	id, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		member, err := enrol(ctx, tx, digest, now)
		if err != nil {
			return "", err
		}
		lacking, err := member.Lacking(roles)
		if err != nil {
			return "", err
		}
		for _, role := range lacking {
			g := staff.NewGrant(member.ID, role, now)
			if err := s.insertGrant(ctx, tx, g, member.ID); err != nil {
				return "", err
			}
		}
		return member.ID, nil
	})
	if postgres.Violates(err, "role_grants_compatible") {
		return "", staff.Incompatible().With(err)
	}
	return id, err
}

// enrol finds or makes the person with an identity's digest and locks the row,
// so that grants to one person come one after the other.
func enrol(ctx context.Context, tx pgx.Tx, digest []byte, now time.Time) (staff.Member, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO staff (id, identity, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (identity) DO NOTHING`, resource.NewID(resource.KindStaff), digest, now)
	if err != nil {
		return staff.Member{}, fmt.Errorf("enrol person: %w", err)
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM staff WHERE identity = $1 FOR UPDATE`, digest); err != nil {
		return staff.Member{}, fmt.Errorf("lock person: %w", err)
	}
	members, err := queryMembers(ctx, tx, byIdentity, now, digest)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load enrolled person: %w", err)
	}
	return members[0], nil
}

// insertGrant adds a grant and owes its decision leaf, decided by the person
// with the ID decider.
func (s *Store) insertGrant(ctx context.Context, tx pgx.Tx, g staff.Grant, decider string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO role_grants (id, staff_id, role, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5)`, g.ID, g.Staff, g.Role, g.Created, g.Expires)
	if err != nil {
		return fmt.Errorf("insert grant: %w", err)
	}
	from, until := g.Created.UTC().Format(time.DateOnly), g.Expires.UTC().Format(time.DateOnly)
	d := decision.Decision{
		Resource: g.Name(), Person: resource.Staff.Of(decider), Day: from, Commitment: g.Commitment(),
		Content: posting.GrantContent(posting.Grant{
			Subject: resource.Staff.Of(g.Staff), Role: string(g.Role), From: from, Until: until, RestsUntil: from,
		}),
	}
	proposed, confirmed := d, d
	proposed.Reference, proposed.Kind = reference.GrantProposed(g.ID), "GRANT_PROPOSED"
	confirmed.Reference, confirmed.Kind = reference.GrantConfirmed(g.ID, decider), "GRANT_CONFIRMED"
	if err := decision.Owe(ctx, tx, s.queue.Enqueue, g.Created, proposed); err != nil {
		return err
	}
	return decision.Owe(ctx, tx, s.queue.Enqueue, g.Created, confirmed)
}
