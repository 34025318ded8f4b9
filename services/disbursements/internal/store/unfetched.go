package store

import (
	"context"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// unfetched are the complete files that nobody has fetched, each with the moment from
// which on nobody will: seven days after the one on which it was made, or on which its
// download was proposed.
const unfetched = `
	SELECT f.id, f.plan_id, p.rail,
		(GREATEST(f.created_at AT TIME ZONE 'UTC', max(d.proposed_at)::timestamp) + interval '8 days') AT TIME ZONE 'UTC' AS due
	FROM payment_files f JOIN payment_plans p ON p.id = f.plan_id LEFT JOIN file_downloads d ON d.file_id = f.id
	WHERE f.state = 'SEALED' GROUP BY f.id, p.rail HAVING count(d.downloaded_at) = 0`

// OwedWithdrawals lists files that nobody has fetched in time.
func (s *Store) OwedWithdrawals(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	if now := s.now(); now.Before(before) {
		before = now
	}
	return s.owed(ctx, `SELECT id FROM (`+unfetched+`) AS u WHERE u.due <= $1 AND u.id > $2 ORDER BY u.id LIMIT $3`, before, after, limit)
}

// NextWithdrawal returns when the next file will be withdrawn after that time; the zero
// time where none will.
func (s *Store) NextWithdrawal(ctx context.Context, after time.Time) (time.Time, error) {
	return postgres.FirstTime(ctx, s.db.Pool, "next withdrawal", `SELECT min(due) FROM (`+unfetched+`) AS u WHERE due > $1`, after)
}

// Unfetched says what is withdrawn by a rule, and over which rail; due is false where the
// file was fetched, or its time has not come.
func (s *Store) Unfetched(ctx context.Context, id string) (c payment.Cancellation, rail string, due bool, err error) {
	type row struct{ PlanID, Rail string }
	u, err := one[row](ctx, s.db.Pool, "unfetched file", `SELECT plan_id, rail FROM (`+unfetched+`) AS u WHERE id = $1 AND due <= $2`, id, s.now())
	if fault.OfKind(err, fault.NotFound) {
		return c, "", false, nil
	}
	return payment.Cancellation{Plan: u.PlanID, File: id}, u.Rail, err == nil, err
}
