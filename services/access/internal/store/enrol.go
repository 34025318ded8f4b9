package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Person finds or makes the row of who has an identity's digest. A new one is not
// enrolled yet: it keeps the pseudonym, so that a repeat asks the ledger about the
// same one.
func (s *Store) Person(ctx context.Context, digest []byte, now time.Time) (m staff.Member, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		m, err = person(ctx, tx, digest, now)
		return err
	})
	return m, err
}

func person(ctx context.Context, tx pgx.Tx, digest []byte, now time.Time) (staff.Member, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO staff (id, identity, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (identity) DO NOTHING`, resource.NewID(resource.KindStaff), digest, now)
	if err != nil {
		return staff.Member{}, fmt.Errorf("insert person: %w", err)
	}
	members, err := queryMembers(ctx, tx, byIdentity, now, digest)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load person: %w", err)
	}
	return members[0], nil
}

// Enrolled notes the leaf that binds the person with the ID to their identity, and
// tells all colleagues who did it.
func (s *Store) Enrolled(ctx context.Context, id, by string, sequence int64, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		noted, err := tx.Exec(ctx, `UPDATE staff SET sequence = $2 WHERE id = $1 AND sequence IS NULL`, id, sequence)
		if err != nil || noted.RowsAffected() == 0 {
			return err
		}
		return announce(ctx, tx, staff.Announcement{Kind: staff.Enrolled, Staff: id, Actor: by, At: now})
	})
	if err != nil {
		return fmt.Errorf("note enrolment: %w", err)
	}
	return nil
}

// exec runs one statement as a transaction.
func (s *Store) exec(ctx context.Context, what, sql string, args ...any) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
