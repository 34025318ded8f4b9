package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
)

// RailSwitch is whether a rail is stopped, and what is on its way over it.
type RailSwitch struct {
	ID        string
	StoppedBy string
	InFlight  int32
}

// AddRails makes rows for the configured rails where there are none.
func (s *Store) AddRails(ctx context.Context, ids ...string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO rails (id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, ids)
		return err
	})
}

const railColumns = `
	SELECT id, COALESCE(stopped_by, '') AS stopped_by, (
		SELECT COUNT(*) FROM attempts a JOIN payments y ON y.id = a.payment_id JOIN payment_plans p ON p.id = y.plan_id
		WHERE p.rail = rails.id AND a.state IN ('CLAIMED', 'SENT', 'UNKNOWN'))::int AS in_flight
	FROM rails `

// Rails lists the rails.
func (s *Store) Rails(ctx context.Context) ([]RailSwitch, error) {
	return many[RailSwitch](ctx, s.db.Pool, "rails", railColumns+`ORDER BY id`)
}

// Rail reads one rail.
func (s *Store) Rail(ctx context.Context, id string) (RailSwitch, error) {
	return one[RailSwitch](ctx, s.db.Pool, "rail", railColumns+`WHERE id = $1`, id)
}

// StopRail stops a rail. It waits for hand-overs that are under way; when it
// returns, nothing more goes out.
func (s *Store) StopRail(ctx context.Context, id, person string) error {
	return s.switchRail(ctx, id, func(ctx context.Context, tx pgx.Tx, r RailSwitch) error {
		if r.StoppedBy != "" {
			return nil
		}
		return exec(ctx, tx, "stop rail", `
			UPDATE rails SET stopped_by = $2, stopped_at = $3 WHERE id = $1`, id, person, s.now())
	})
}

// ResumeRail lets a rail go on that another person stopped.
func (s *Store) ResumeRail(ctx context.Context, id, person string) error {
	return s.switchRail(ctx, id, func(ctx context.Context, tx pgx.Tx, r RailSwitch) error {
		if r.StoppedBy == person {
			return fault.SamePerson("resume a rail that they stopped")
		}
		return exec(ctx, tx, "resume rail", `
			UPDATE rails SET stopped_by = NULL, stopped_at = NULL WHERE id = $1`, id)
	})
}

func (s *Store) switchRail(ctx context.Context, id string, turn func(context.Context, pgx.Tx, RailSwitch) error) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := one[RailSwitch](ctx, tx, "rail", railColumns+`WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return "", err
		}
		return id, turn(ctx, tx, r)
	})
	return err
}

// railRuns checks that a rail is not stopped and keeps it from being stopped
// until tx ends.
func railRuns(ctx context.Context, tx pgx.Tx, id string) error {
	var stopped bool
	if err := tx.QueryRow(ctx, `
		SELECT stopped_at IS NOT NULL FROM rails WHERE id = $1 FOR SHARE`, id).Scan(&stopped); err != nil {
		return fmt.Errorf("look at rail: %w", err)
	}
	if stopped {
		return fault.New(fault.Precondition, "RAIL_STOPPED", "The rail is stopped.")
	}
	return nil
}
