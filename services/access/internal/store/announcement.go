package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// announce tells all colleagues something, in the transaction by which it happens.
func announce(ctx context.Context, tx pgx.Tx, a staff.Announcement) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO announcements (id, kind, staff_id, role, actor, created_at)
		VALUES ($1, $2, $3, NULLIF($4, ''), NULLIF($5, ''), $6)`,
		resource.NewID(resource.KindAnnouncement), a.Kind, a.Staff, a.Role, a.Actor, a.At)
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return nil
}

// Announcements lists what colleagues were told, newest first.
func (s *Store) Announcements(ctx context.Context, p page.Page) ([]staff.Announcement, error) {
	at, id, err := p.NewestFirst()
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "announcements", pgx.RowToStructByName[staff.Announcement], `
		SELECT id, kind, staff_id AS staff, coalesce(role, '') AS role, coalesce(actor, '') AS actor, created_at AS at
		FROM announcements
		WHERE (created_at, id) < ($1, $2)
		ORDER BY created_at DESC, id DESC LIMIT $3`, at, id, p.Limit())
}

// Remind tells all colleagues, once, of each grant in force that ends soon and was not
// renewed, and returns how many it told of.
func (s *Store) Remind(ctx context.Context, now time.Time) (told int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		ending, err := postgres.Many(ctx, tx, "grants that end", pgx.RowToStructByName[staff.Announcement], `
			UPDATE role_grants g SET reminded_at = $1
			WHERE g.state = 'CONFIRMED' AND g.reminded_at IS NULL
			  AND g.until_day >= ($1 AT TIME ZONE 'UTC')::date AND g.until_day <= ($1 AT TIME ZONE 'UTC')::date + $2::int
			  AND NOT EXISTS (SELECT 1 FROM role_grants later
			                  WHERE later.staff_id = g.staff_id AND later.role = g.role AND later.state = 'CONFIRMED' AND later.until_day > g.until_day)
			RETURNING '' AS id, 'ROLE_ENDING' AS kind, g.staff_id AS staff, g.role, '' AS actor, $1::timestamptz AS at`, now, staff.RemindDays)
		if err != nil {
			return err
		}
		for _, a := range ending {
			if err := announce(ctx, tx, a); err != nil {
				return err
			}
		}
		told = len(ending)
		return nil
	})
	return told, err
}
