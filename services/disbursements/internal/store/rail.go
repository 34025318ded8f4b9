package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
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

// Stops are who stopped which rails and senders.
type Stops map[[2]string]string

// Rail is who stopped a rail, empty while it runs.
func (s Stops) Rail(id string) string { return s[[2]string{id}] }

// Sender is who stopped a sender of a rail, empty while it runs.
func (s Stops) Sender(rail, id string) string { return s[[2]string{rail, id}] }

// Stops reads which rails and senders are stopped.
func (s *Store) Stops(ctx context.Context) (Stops, error) {
	rows, err := many[SenderSwitch](ctx, s.db.Pool, "stops", `
		SELECT id AS rail, '' AS id, stopped_by FROM rails WHERE stopped_by IS NOT NULL
		UNION ALL SELECT rail, id, stopped_by FROM senders WHERE stopped_by IS NOT NULL`)
	stops := make(Stops, len(rows))
	for _, r := range rows {
		stops[[2]string{r.Rail, r.ID}] = r.StoppedBy
	}
	return stops, err
}

// missing stands for who stopped a switch whose row somebody has deleted: it comes back
// stopped, and any treasurer may let it run.
const missing = "nobody"

// AddRail makes rows for a configured rail and its senders where there are none. A new
// one runs. One that was seen before, or by which plans pay, had a row: it comes back
// stopped, since nobody knows whether it was, and the operator is told.
func (s *Store) AddRail(ctx context.Context, id string, names ...string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.addSwitch(ctx, tx, rails, id); err != nil {
			return fmt.Errorf("add rail: %w", err)
		}
		for _, sender := range names {
			if err := s.addSwitch(ctx, tx, senders, id, sender); err != nil {
				return fmt.Errorf("add sender: %w", err)
			}
		}
		return nil
	})
}

func (s *Store) addSwitch(ctx context.Context, tx pgx.Tx, g gate, row ...any) error {
	var there, used bool
	if err := tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM `+g.table+` WHERE `+g.row+`), EXISTS (SELECT FROM payment_plans WHERE `+g.route+`)`,
		row...).Scan(&there, &used); err != nil || there {
		return err
	}
	seen, err := s.rows.Seen(ctx, g.signed("", 0, row...))
	if err != nil {
		return err
	}
	stoppedBy := ""
	if used || seen > 0 {
		stoppedBy = missing
		_ = s.rows.Gone(ctx, g.table, switchName(row)) // the operator is told; it stands still
	}
	n := len(row)
	_, err = tx.Exec(ctx, fmt.Sprintf(`
		INSERT INTO %s (%s, stopped_by, stopped_at, version, mac)
		VALUES (%s, NULLIF($%d, ''), CASE WHEN $%d <> '' THEN $%d::timestamptz END, $%d, $%d) ON CONFLICT DO NOTHING`,
		g.table, g.key, []string{"$1", "$1, $2"}[n-1], n+1, n+1, n+2, n+3, n+4),
		append(slices.Clone(row), stoppedBy, s.now(), seen+1, s.rows.Sign(g.signed(stoppedBy, seen+1, row...)))...)
	return err
}

const railColumns = `
	SELECT id, COALESCE(stopped_by, '') AS stopped_by, (
		SELECT COUNT(*) FROM attempts a JOIN payments y ON y.id = a.payment_id JOIN payment_plans p ON p.id = y.plan_id
		WHERE p.rail = rails.id AND a.state IN ('CLAIMED', 'SENT', 'UNKNOWN'))::int AS in_flight
	FROM rails `

const senderColumns = `SELECT rail, id, COALESCE(stopped_by, '') AS stopped_by FROM senders `

// Rails lists the rails.
func (s *Store) Rails(ctx context.Context, p page.Page) ([]RailSwitch, error) {
	rows, err := list[RailSwitch](ctx, s, "rails", railColumns, railList(), p)
	if err != nil {
		return nil, err
	}
	return rows, addSenders(ctx, s.db.Pool, rows)
}

// Senders lists the senders of a rail, or of all.
func (s *Store) Senders(ctx context.Context, rail string, p page.Page) ([]SenderSwitch, error) {
	if rail != resource.Any {
		if _, err := s.Rail(ctx, rail); err != nil {
			return nil, err
		}
	}
	return list[SenderSwitch](ctx, s, "senders", senderColumns, senderList(), p, listing.Under("senders.rail", rail))
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

// turn stops. What another hand has written is no reason not to, nor a key store that does
// not answer: the row becomes the service's own again, and is stopped. What is not noted
// of it now is noted when it is next looked at.
func (s *Store) turn(ctx context.Context, g gate, person string, row ...any) error {
	var turned int64
	err := s.switched(ctx, g, row, func(ctx context.Context, tx pgx.Tx, now switchRow) error {
		if turned = 0; s.ownSwitch(ctx, g, now, row) == nil && now.StoppedBy != "" {
			return nil
		}
		turned = now.Version + 1
		if seen, err := s.rows.Seen(ctx, g.signed("", 0, row...)); err == nil {
			turned = max(turned, seen+1)
		}
		return s.set(ctx, tx, g, turned, person, row)
	})
	if err == nil {
		_, _ = s.rows.Seen(ctx, g.signed("", turned, row...))
	}
	return err
}

// turnBack lets a switch run again. Nothing that is older than it is taken for it from
// then on.
func (s *Store) turnBack(ctx context.Context, g gate, person string, row ...any) error {
	var turned int64
	err := s.switched(ctx, g, row, func(ctx context.Context, tx pgx.Tx, now switchRow) error {
		if err := s.ownSwitch(ctx, g, now, row); err != nil {
			return err
		}
		if err := payment.MayTurn(g.what, payment.Resume, now.StoppedBy, person); err != nil {
			return err
		}
		turned = now.Version + 1
		return s.set(ctx, tx, g, turned, "", row)
	})
	if err != nil {
		return err
	}
	_, err = s.rows.Seen(ctx, g.signed("", turned, row...))
	return err
}

func (s *Store) switched(ctx context.Context, g gate, row []any, turn func(ctx context.Context, tx pgx.Tx, now switchRow) error) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		now, err := one[switchRow](ctx, tx, g.what, `
			SELECT COALESCE(stopped_by, '') AS stopped_by, version, mac FROM `+g.table+` WHERE `+g.row+` FOR UPDATE`, row...)
		if err != nil {
			return "", err
		}
		return "", turn(ctx, tx, now)
	})
	return err
}

// set writes a switch: stopped by a person, or running where there is none.
func (s *Store) set(ctx context.Context, tx pgx.Tx, g gate, version int64, stoppedBy string, row []any) error {
	n := len(row)
	return exec(ctx, tx, "switch "+g.what, fmt.Sprintf(`
		UPDATE %s SET stopped_by = NULLIF($%d, ''), stopped_at = CASE WHEN $%d <> '' THEN $%d::timestamptz END, version = $%d, mac = $%d
		WHERE %s`, g.table, n+1, n+1, n+2, n+3, n+4, g.row),
		append(slices.Clone(row), stoppedBy, s.now(), version, s.rows.Sign(g.signed(stoppedBy, version, row...)))...)
}

// ownSwitch refuses a switch that another hand has changed, or put an older row of back.
func (s *Store) ownSwitch(ctx context.Context, g gate, r switchRow, row []any) error {
	signed := g.signed(r.StoppedBy, r.Version, row...)
	if err := s.rows.Check(ctx, signed, r.MAC); err != nil {
		return err
	}
	return s.rows.Latest(ctx, signed)
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
// being stopped until tx ends. One whose row is gone stands still, and the operator is
// told.
func (s *Store) routeRuns(ctx context.Context, tx pgx.Tx, rail, sender string) error {
	var r, x switchRow
	err := tx.QueryRow(ctx, `
		SELECT COALESCE(r.stopped_by, ''), r.version, r.mac, COALESCE(s.stopped_by, ''), s.version, s.mac
		FROM rails r JOIN senders s ON s.rail = r.id WHERE r.id = $1 AND s.id = $2 FOR SHARE`,
		rail, sender).Scan(&r.StoppedBy, &r.Version, &r.MAC, &x.StoppedBy, &x.Version, &x.MAC)
	if postgres.IsNotFound(err) {
		return s.rows.Gone(ctx, senders.table, switchName([]any{rail, sender}))
	}
	if err != nil {
		return fmt.Errorf("look at rail and sender: %w", err)
	}
	if err := s.ownSwitch(ctx, rails, r, []any{rail}); err != nil {
		return err
	}
	if err := s.ownSwitch(ctx, senders, x, []any{rail, sender}); err != nil {
		return err
	}
	return payment.CheckRuns(r.StoppedBy, x.StoppedBy)
}
