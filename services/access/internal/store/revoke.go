package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
)

// Withdraw withdraws a draft of a grant whose leaf never came.
func (s *Store) Withdraw(ctx context.Context, g staff.Grant, now time.Time) error {
	return s.exec(ctx, "withdraw draft of a grant",
		`UPDATE role_grants SET state = 'REVOKED', revoked_at = $2 WHERE id = $1 AND state = 'PROPOSED'`, g.ID, now)
}

// Revoke notes with its leaf that a person takes a grant back, and that it is taken back
// where that was enough.
func (s *Store) Revoke(ctx context.Context, g staff.Grant, by string, sequence int64, enough bool, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockGrant(ctx, tx, g.ID); err != nil {
			return err
		}
		noted, err := tx.Exec(ctx, `
			INSERT INTO grant_revocations (grant_id, person, sequence, created_at)
			VALUES ($1, $2, $3, $4) ON CONFLICT (grant_id, person) DO NOTHING`, g.ID, by, sequence, now)
		if err != nil {
			return fmt.Errorf("insert revocation: %w", err)
		}
		told := staff.Announcement{Kind: staff.RoleInQuestion, Staff: g.Staff, Role: g.Role, Actor: by, At: now}
		changed := noted.RowsAffected()
		if enough {
			revoked, err := tx.Exec(ctx, `UPDATE role_grants SET state = 'REVOKED', revoked_at = $2 WHERE id = $1 AND state <> 'REVOKED'`, g.ID, now)
			if err != nil {
				return fmt.Errorf("revoke: %w", err)
			}
			told.Kind, changed = staff.RoleRevoked, revoked.RowsAffected()
		}
		if changed == 0 {
			return nil
		}
		return announce(ctx, tx, told)
	})
	if err != nil {
		return fmt.Errorf("revoke grant: %w", err)
	}
	return nil
}

// Founding returns the day on which the installation was founded; zero before.
func (s *Store) Founding(ctx context.Context) (day time.Time, err error) {
	var at *time.Time
	err = s.db.Pool.QueryRow(ctx, `SELECT min(from_day) FROM role_grants WHERE founded_sequence IS NOT NULL`).Scan(&at)
	if err != nil || at == nil {
		return day, err
	}
	return *at, nil
}
