package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
)

// SetAway notes until when a person is away, and who takes their cases; a zero day says
// that they are back.
func (s *Store) SetAway(ctx context.Context, id string, until time.Time, deputy string) error {
	var day *time.Time
	if !until.IsZero() {
		day = &until
	}
	return s.exec(ctx, "note absence", `UPDATE staff SET away_until = $2, deputy = NULLIF($3, '') WHERE id = $1`, id, day, deputy)
}

// EndSessions refuses the tokens that a person has; a fault NOT_FOUND where there is
// nobody.
func (s *Store) EndSessions(ctx context.Context, id string, now time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockStaff(ctx, tx, id); err != nil {
			return err
		}
		return endSessions(ctx, tx, id, now)
	})
}

// Everybody returns all people who hold a role now by what the rows say, or are away,
// frozen or not.
func (s *Store) Everybody(ctx context.Context, now time.Time) (staff.Team, error) {
	return queryMembers(ctx, s.db.Pool, everybody, now)
}
