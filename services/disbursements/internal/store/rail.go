package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/reason"
)

// RailSwitch is whether a rail is stopped, and what is on its way over it.
type RailSwitch struct {
	ID        string
	StoppedBy string
	InFlight  int32
	// Senders are those that it has had, by id.
	Senders []SenderSwitch `db:"-"`
}

// SenderSwitch is whether a sender is stopped.
type SenderSwitch struct {
	Rail      string
	ID        string
	StoppedBy string
}

// StopOf is who stopped a sender of the rail, empty while it runs.
func (r RailSwitch) StopOf(sender string) string {
	for _, s := range r.Senders {
		if s.ID == sender {
			return s.StoppedBy
		}
	}
	return ""
}

// AddRail makes rows for a configured rail and its senders where there are none.
func (s *Store) AddRail(ctx context.Context, id string, senders ...string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO rails (id) VALUES ($1) ON CONFLICT DO NOTHING`, id); err != nil {
			return fmt.Errorf("add rail: %w", err)
		}
		_, err := tx.Exec(ctx, `INSERT INTO senders (rail, id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`, id, senders)
		return err
	})
}

const railColumns = `
	SELECT id, COALESCE(stopped_by, '') AS stopped_by, (
		SELECT COUNT(*) FROM attempts a JOIN payments y ON y.id = a.payment_id JOIN payment_plans p ON p.id = y.plan_id
		WHERE p.rail = rails.id AND a.state IN ('CLAIMED', 'SENT', 'UNKNOWN'))::int AS in_flight
	FROM rails `

const senderColumns = `SELECT rail, id, COALESCE(stopped_by, '') AS stopped_by FROM senders `

// Rails lists the rails.
func (s *Store) Rails(ctx context.Context) ([]RailSwitch, error) {
	list, err := many[RailSwitch](ctx, s.db.Pool, "rails", railColumns+`ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return list, addSenders(ctx, s.db.Pool, list)
}

// Rail reads one rail.
func (s *Store) Rail(ctx context.Context, id string) (RailSwitch, error) {
	r, err := one[RailSwitch](ctx, s.db.Pool, "rail", railColumns+`WHERE id = $1`, id)
	if err != nil {
		return r, err
	}
	list := []RailSwitch{r}
	err = addSenders(ctx, s.db.Pool, list)
	return list[0], err
}

// addSenders adds the senders of all rails of a list at once.
func addSenders(ctx context.Context, q postgres.Querier, list []RailSwitch) error {
	index := indexed(list, func(r RailSwitch) string { return r.ID })
	return each(ctx, q, "senders", func(x SenderSwitch) {
		r := &list[index.of[x.Rail]]
		r.Senders = append(r.Senders, x)
	}, senderColumns+`WHERE rail = ANY($1) ORDER BY rail, id`, index.ids)
}

// StopRail stops a rail. It waits for hand-overs that are under way; when it
// returns, nothing more goes out.
func (s *Store) StopRail(ctx context.Context, id, person string) error {
	return s.turn(ctx, rails, person, id)
}

// ResumeRail lets a rail go on that another person stopped.
func (s *Store) ResumeRail(ctx context.Context, id, person string) error {
	return s.turnBack(ctx, rails, person, id)
}

// StopSender stops one sender of a rail in the same way.
func (s *Store) StopSender(ctx context.Context, rail, id, person string) error {
	return s.turn(ctx, senders, person, rail, id)
}

// ResumeSender lets a sender go on that another person stopped.
func (s *Store) ResumeSender(ctx context.Context, rail, id, person string) error {
	return s.turnBack(ctx, senders, person, rail, id)
}

// gate is a table of switches: what one is called, and how its row is found by the
// arguments $1 and, for a sender, $2.
type gate struct{ what, table, row string }

var (
	rails   = gate{what: "rail", table: "rails", row: "id = $1"}
	senders = gate{what: "sender", table: "senders", row: "rail = $1 AND id = $2"}
)

func (s *Store) turn(ctx context.Context, g gate, person string, row ...any) error {
	return s.switched(ctx, g, row, func(ctx context.Context, tx pgx.Tx, stoppedBy string) error {
		if stoppedBy != "" {
			return nil
		}
		return exec(ctx, tx, "stop "+g.what, fmt.Sprintf(`
			UPDATE %s SET stopped_by = $%d, stopped_at = $%d WHERE %s`, g.table, len(row)+1, len(row)+2, g.row),
			append(row, person, s.now())...)
	})
}

func (s *Store) turnBack(ctx context.Context, g gate, person string, row ...any) error {
	return s.switched(ctx, g, row, func(ctx context.Context, tx pgx.Tx, stoppedBy string) error {
		if stoppedBy == person {
			return fault.SamePerson("resume a " + g.what + " that they stopped")
		}
		return exec(ctx, tx, "resume "+g.what, `
			UPDATE `+g.table+` SET stopped_by = NULL, stopped_at = NULL WHERE `+g.row, row...)
	})
}

func (s *Store) switched(ctx context.Context, g gate, row []any, turn func(ctx context.Context, tx pgx.Tx, stoppedBy string) error) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		stoppedBy, err := postgres.One(ctx, tx, g.what, pgx.RowTo[string], `
			SELECT COALESCE(stopped_by, '') FROM `+g.table+` WHERE `+g.row+` FOR UPDATE`, row...)
		if err != nil {
			return "", err
		}
		return "", turn(ctx, tx, stoppedBy)
	})
	return err
}

// planRuns checks that neither the rail nor the sender of a plan is stopped.
func (s *Store) planRuns(ctx context.Context, tx pgx.Tx, planID string) error {
	var rail, sender string
	if err := tx.QueryRow(ctx, `SELECT rail, sender FROM payment_plans WHERE id = $1`, planID).Scan(&rail, &sender); err != nil {
		return fmt.Errorf("look up route of plan: %w", err)
	}
	return s.runs(ctx, tx, rail, sender)
}

// routeRuns checks that neither a rail nor its sender is stopped and keeps them from
// being stopped until tx ends.
func routeRuns(ctx context.Context, tx pgx.Tx, rail, sender string) error {
	var railStopped, senderStopped bool
	if err := tx.QueryRow(ctx, `
		SELECT r.stopped_at IS NOT NULL, s.stopped_at IS NOT NULL
		FROM rails r JOIN senders s ON s.rail = r.id WHERE r.id = $1 AND s.id = $2 FOR SHARE`,
		rail, sender).Scan(&railStopped, &senderStopped); err != nil {
		return fmt.Errorf("look at rail and sender: %w", err)
	}
	switch {
	case railStopped:
		return fault.New(fault.Precondition, reason.RailStopped, "The rail is stopped.")
	case senderStopped:
		return fault.New(fault.Precondition, reason.SenderStopped, "The sender is stopped.")
	}
	return nil
}
