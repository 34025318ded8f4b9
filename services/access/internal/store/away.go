package store

import (
	"context"
	"time"

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

// Everybody returns all people who hold a role now by what the rows say, or are away,
// frozen or not.
func (s *Store) Everybody(ctx context.Context, now time.Time) (staff.Team, error) {
	return queryMembers(ctx, s.db.Pool, everybody, now)
}
