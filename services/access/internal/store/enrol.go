package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ProposeStaff finds the row of who has an identity's digest, or makes it for the person
// with the ID by. Without a leaf it is a draft, which keeps the pseudonym: a repeat asks
// the ledger about the same one, whoever makes it.
func (s *Store) ProposeStaff(ctx context.Context, digest []byte, by string, now time.Time) (m staff.Member, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE staff SET proposer = $2 WHERE identity = $1 AND sequence IS NULL AND proposer <> $2`, digest, by)
		if err != nil {
			return fmt.Errorf("take over the draft of a person: %w", err)
		}
		m, err = person(ctx, tx, digest, by, now)
		return err
	})
	return m, err
}

// person finds or makes the row of a person whom another one proposes, or nobody.
func person(ctx context.Context, tx pgx.Tx, digest []byte, by string, now time.Time) (staff.Member, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO staff (id, identity, state, proposer, created_at) VALUES ($1, $2, 'PROPOSED', NULLIF($3, ''), $4)
		ON CONFLICT (identity) DO NOTHING`, resource.NewID(resource.KindStaff), digest, by, now)
	if err != nil {
		return staff.Member{}, fmt.Errorf("insert person: %w", err)
	}
	members, err := queryMembers(ctx, tx, byIdentity, now, digest)
	if err != nil {
		return staff.Member{}, fmt.Errorf("load person: %w", err)
	}
	return members[0], nil
}

// StaffProposed notes the leaf of the proposal of a person, and tells all colleagues.
func (s *Store) StaffProposed(ctx context.Context, m staff.Member, sequence int64, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		noted, err := tx.Exec(ctx, `UPDATE staff SET sequence = $2 WHERE id = $1 AND sequence IS NULL`, m.ID, sequence)
		if err != nil || noted.RowsAffected() == 0 {
			return err
		}
		return announce(ctx, tx, staff.Announcement{Kind: staff.StaffProposed, Staff: m.ID, Actor: m.Proposer, At: now})
	})
	if err != nil {
		return fmt.Errorf("note proposal of a person: %w", err)
	}
	return nil
}

// ConfirmStaff notes with its leaf that a person confirms who somebody is, and that they
// are enrolled where that was enough.
func (s *Store) ConfirmStaff(ctx context.Context, m staff.Member, by string, sequence int64, enough bool, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockStaff(ctx, tx, m.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO staff_confirmations (staff_id, proposer, person, sequence)
			VALUES ($1, $2, $3, $4) ON CONFLICT (staff_id, person) DO NOTHING`, m.ID, m.Proposer, by, sequence)
		if err != nil || !enough {
			return err
		}
		enrolled, err := tx.Exec(ctx, `UPDATE staff SET state = 'CONFIRMED' WHERE id = $1 AND state = 'PROPOSED'`, m.ID)
		if err != nil || enrolled.RowsAffected() == 0 {
			return err
		}
		return announce(ctx, tx, staff.Announcement{Kind: staff.Enrolled, Staff: m.ID, Actor: by, At: now})
	})
	if err != nil {
		return fmt.Errorf("confirm person: %w", err)
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
