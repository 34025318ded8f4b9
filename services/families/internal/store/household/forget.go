package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// DutyForget is to forget the hours of what has ended: a deadline that has passed, a
// read that counts by days only.
const DutyForget = "family.forgetHours"

// allHours is the one id of the duty.
const allHours = "hours"

// hours say for how long rows need an hour, which still know one, and what to make of it. A verification is with the person drawn for three days.
var hours = []struct{ table, hour, needed, known, forget string }{
	{"access_records", `read_at`, `24 hours`, `read_at IS NOT NULL`, `read_at = NULL`},
	{"calls", `called_at`, `72 hours`, `called_at <> date_trunc('day', called_at, 'UTC')`,
		`called_at = date_trunc('day', called_at, 'UTC')`},
	{"destinations", `usable_at`, `0 hours`, `usable_at <> date_trunc('day', usable_at, 'UTC')`,
		`usable_at = date_trunc('day', usable_at, 'UTC')`},
	{"sights", `until`, `0 hours`, `until <> date_trunc('day', until, 'UTC')`, `until = date_trunc('day', until, 'UTC')`},
	{"verifications", `drawn_at`, `72 hours`, `drawn_at <> date_trunc('day', drawn_at, 'UTC')`,
		`drawn_at = date_trunc('day', drawn_at, 'UTC')`},
}

// OwedForgetting lists one id where there is an hour to be forgotten.
func (s *Store) OwedForgetting(ctx context.Context, _ time.Time, after string, _ int) ([]string, error) {
	if after >= allHours {
		return nil, nil
	}
	for _, h := range hours {
		var owed bool
		if err := s.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+h.table+` WHERE `+h.known+` AND `+h.hour+` < $1::timestamptz - interval '`+h.needed+`')`, s.now()).Scan(&owed); err != nil {
			return nil, fmt.Errorf("look for hours in %s: %w", h.table, err)
		}
		if owed {
			return []string{allHours}, nil
		}
	}
	return nil, nil
}

// NextForgetting returns when the next hour is no longer needed; the zero time where no
// row knows one.
func (s *Store) NextForgetting(ctx context.Context, after time.Time) (first time.Time, err error) {
	for _, h := range hours {
		at, err := postgres.FirstTime(ctx, s.db.Pool, "hours in "+h.table,
			`SELECT min(`+h.hour+`) + interval '`+h.needed+`' FROM `+h.table+`
			WHERE `+h.known+` AND `+h.hour+` > $1::timestamptz - interval '`+h.needed+`'`, after)
		if err != nil {
			return time.Time{}, err
		}
		if first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first, nil
}

// ForgetHours forgets them.
func (s *Store) ForgetHours(ctx context.Context, _ string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, h := range hours {
			if _, err := tx.Exec(ctx, `UPDATE `+h.table+` SET `+h.forget+` WHERE `+h.known+` AND `+h.hour+` < $1::timestamptz - interval '`+h.needed+`'`, s.now()); err != nil {
				return fmt.Errorf("forget hours in %s: %w", h.table, err)
			}
		}
		return nil
	})
}
