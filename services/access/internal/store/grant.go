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

// Propose drafts a grant, which waits for its leaf, or finds the one that the same
// person has proposed already. Of others a proposal without a leaf is withdrawn; one
// with a leaf is a fault GRANT_PENDING.
func (s *Store) Propose(ctx context.Context, draft staff.Grant, now time.Time) (g staff.Grant, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		g, err = propose(ctx, tx, draft, now)
		return err
	})
	if postgres.Violates(err, "role_grants_compatible") {
		return g, staff.Incompatible().With(err)
	}
	return g, err
}

func propose(ctx context.Context, tx pgx.Tx, draft staff.Grant, now time.Time) (staff.Grant, error) {
	// The lock lets two proposals made at once see each other.
	if _, err := tx.Exec(ctx, `SELECT 1 FROM staff WHERE id = $1 FOR UPDATE`, draft.Staff); err != nil {
		return staff.Grant{}, fmt.Errorf("lock person: %w", err)
	}
	_, err := tx.Exec(ctx, `
		UPDATE role_grants SET state = 'REVOKED', revoked_at = $2
		WHERE staff_id = $1 AND state = 'PROPOSED' AND until_day < ($2 AT TIME ZONE 'UTC')::date`, draft.Staff, now)
	if err != nil {
		return staff.Grant{}, fmt.Errorf("withdraw proposals whose days are over: %w", err)
	}
	m, err := memberByID(ctx, tx, draft.Staff, now)
	if err != nil {
		return staff.Grant{}, err
	}
	for _, g := range m.Grants {
		switch {
		case g.Role != draft.Role || g.State != staff.Proposed:
		case g.Proposer == draft.Proposer:
			return g, nil
		case len(g.Leaves) > 0:
			return g, staff.Pending()
		default:
			if err := withdraw(ctx, tx, g.ID, now); err != nil {
				return g, err
			}
		}
	}
	if err := m.CheckFor(draft.Role, now); err != nil {
		return staff.Grant{}, err
	}
	return draft, insertGrant(ctx, tx, draft)
}

func withdraw(ctx context.Context, tx pgx.Tx, id string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE role_grants SET state = 'REVOKED', revoked_at = $2 WHERE id = $1`, id, now)
	if err != nil {
		return fmt.Errorf("withdraw draft of a grant: %w", err)
	}
	return nil
}

func insertGrant(ctx context.Context, tx pgx.Tx, g staff.Grant) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO role_grants (id, staff_id, role, state, proposer, from_day, until_day, rests_until, created_at)
		VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, $7, $8, $9)`,
		g.ID, g.Staff, g.Role, g.State, g.Proposer, g.From, g.Until, g.RestsUntil, g.Created)
	if err != nil {
		return fmt.Errorf("insert grant: %w", err)
	}
	return nil
}

// Proposed notes the leaf of a proposal, and tells all colleagues.
func (s *Store) Proposed(ctx context.Context, g staff.Grant, sequence int64, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		noted, err := tx.Exec(ctx, `
			UPDATE role_grants SET proposed_sequence = $2
			WHERE id = $1 AND state = 'PROPOSED' AND proposed_sequence IS NULL`, g.ID, sequence)
		if err != nil || noted.RowsAffected() == 0 {
			return err
		}
		return announce(ctx, tx, staff.Announcement{Kind: staff.RoleProposed, Staff: g.Staff, Role: g.Role, Actor: g.Proposer, At: now})
	})
	if err != nil {
		return fmt.Errorf("note proposal of a grant: %w", err)
	}
	return nil
}

// Grant returns the grant with the ID of the person staffID; a fault NOT_FOUND where
// there is none.
func (s *Store) Grant(ctx context.Context, staffID, id string) (staff.Grant, error) {
	row, err := postgres.One(ctx, s.db.Pool, "grant", pgx.RowToStructByName[grantRow],
		`SELECT `+grantColumns+` FROM role_grants g WHERE g.staff_id = $1 AND g.id = $2`, staffID, id)
	if err != nil {
		return staff.Grant{}, err
	}
	return row.grant(), nil
}

// Confirm notes a person's confirmation with its leaf, and that the grant is in force
// where that was enough.
func (s *Store) Confirm(ctx context.Context, g staff.Grant, by string, sequence int64, enough bool, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockGrant(ctx, tx, g.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO grant_confirmations (grant_id, staff_id, proposer, person, sequence)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (grant_id, person) DO NOTHING`, g.ID, g.Staff, g.Proposer, by, sequence)
		if err != nil {
			return fmt.Errorf("insert confirmation: %w", err)
		}
		if !enough {
			return nil
		}
		confirmed, err := tx.Exec(ctx, `UPDATE role_grants SET state = 'CONFIRMED' WHERE id = $1 AND state = 'PROPOSED'`, g.ID)
		if err != nil || confirmed.RowsAffected() == 0 {
			return err
		}
		return announce(ctx, tx, staff.Announcement{Kind: staff.RoleGranted, Staff: g.Staff, Role: g.Role, Actor: by, At: now})
	})
	if postgres.Violates(err, "role_grants_compatible") {
		return staff.Incompatible().With(err)
	}
	if err != nil {
		return fmt.Errorf("confirm grant: %w", err)
	}
	return nil
}

func lockGrant(ctx context.Context, tx pgx.Tx, id string) error {
	var locked string
	err := tx.QueryRow(ctx, `SELECT id FROM role_grants WHERE id = $1 FOR UPDATE`, id).Scan(&locked)
	switch {
	case postgres.IsNotFound(err):
		return fault.Missing("grant")
	case err != nil:
		return fmt.Errorf("lock grant: %w", err)
	}
	return nil
}
