package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const stopColumns = `partner_id AS partner, reason, stopped_at AS since, proposer, lifted_at`

// Stops are the stops of some partners; those that were never stopped have none.
func (s *Store) Stops(ctx context.Context, partners ...string) (map[string]partner.Stop, error) {
	return stops(ctx, s.db.Pool, partners)
}

func stops(ctx context.Context, q postgres.Querier, partners []string) (map[string]partner.Stop, error) {
	rows, err := postgres.Many(ctx, q, "stops", pgx.RowToStructByName[partner.Stop], `SELECT `+stopColumns+` FROM partner_stops
		WHERE partner_id = ANY ($1)`, partners)
	list := make(map[string]partner.Stop, len(rows))
	for _, r := range rows {
		list[r.Partner] = r
	}
	return list, err
}

// DecideStop stops a partner, or does what leads to its stop being lifted, as a person may,
// and returns the partner.
func (s *Store) DecideStop(ctx context.Context, id string, v partner.Verb, person string) (partner.Partner, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, partner.Partner, error) {
		row, err := postgres.One(ctx, tx, "partner", toPartner, `SELECT `+partnerColumns+` FROM partners WHERE id = $1 FOR NO KEY UPDATE`, id)
		if err != nil {
			return "", row.Partner, err
		}
		list, err := stops(ctx, tx, []string{id})
		if err == nil {
			err = list[id].May(v, person)
		}
		if err != nil {
			return "", row.Partner, err
		}
		switch v {
		case partner.Halt:
			err = s.stop(ctx, tx, id, partner.Staff)
		case partner.ProposeLift:
			_, err = tx.Exec(ctx, `UPDATE partner_stops SET proposer = $2 WHERE partner_id = $1`, id, person)
		default:
			_, err = tx.Exec(ctx, `UPDATE partner_stops SET confirmer = $2, lifted_at = $3 WHERE partner_id = $1`, id, person, s.now())
		}
		if err != nil {
			return "", row.Partner, fmt.Errorf("decide stop: %w", err)
		}
		return id, row.Partner, nil
	}, s.Partner)
}

// stop keeps a partner from starting pledges from here on.
func (s *Store) stop(ctx context.Context, tx pgx.Tx, id string, why partner.StopReason) error {
	_, err := tx.Exec(ctx, `INSERT INTO partner_stops (partner_id, reason, stopped_at) VALUES ($1, $2, $3)
		ON CONFLICT (partner_id) DO UPDATE SET reason = EXCLUDED.reason, stopped_at = EXCLUDED.stopped_at, proposer = '', confirmer = '', lifted_at = NULL
		WHERE partner_stops.lifted_at IS NOT NULL`, id, why, s.now())
	return err
}

// happened is what happened of late to each partner, since its last stop was lifted: the
// partner, and how much was declined, disputed and received.
const happened = `WITH counted AS (
		SELECT d.partner_id, count(*) AS declined, 0::bigint AS disputed FROM donations AS d LEFT JOIN partner_stops AS s USING (partner_id)
		WHERE d.failure = 'DECLINED' AND d.created_at > $1 AND (s.lifted_at IS NULL OR d.created_at > s.lifted_at) GROUP BY d.partner_id
		UNION ALL
		SELECT x.partner_id, 0, count(DISTINCT x.donation_id) FROM disputes AS x LEFT JOIN partner_stops AS s USING (partner_id)
		WHERE x.state IN ('OPEN', 'WON', 'LOST') AND x.created_at > $2 AND (s.lifted_at IS NULL OR x.created_at > s.lifted_at) GROUP BY x.partner_id),
	summed AS (SELECT partner_id, sum(declined)::bigint AS declined, sum(disputed)::bigint AS disputed FROM counted GROUP BY partner_id
		HAVING sum(declined) > $3 OR sum(disputed) >= $4)
	SELECT partner_id, declined, disputed, CASE WHEN disputed < $4 THEN 0 ELSE
		(SELECT count(*) FROM donations AS d WHERE d.partner_id = summed.partner_id AND d.state = 'SUCCEEDED' AND d.created_at > $2) END AS received
	FROM summed`

// OwedWatches lists partners that are over a limit and not stopped.
func (s *Store) OwedWatches(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	var ids []string
	list, err := s.over(ctx, s.db.Pool, "partner_id > $5 AND NOT EXISTS (SELECT FROM partner_stops AS o WHERE o.partner_id = summed.partner_id AND o.lifted_at IS NULL)", after)
	for _, r := range list {
		if len(ids) < limit {
			ids = append(ids, r.id)
		}
	}
	return ids, err
}

// offender is a partner that is over a limit.
type offender struct {
	id string
	partner.Happened
}

// over lists partners that are over a limit, in the order of their ids.
func (s *Store) over(ctx context.Context, q postgres.Querier, where, value string) (list []offender, err error) {
	now := s.now()
	rows, err := postgres.Many(ctx, q, "partners over a limit", func(r pgx.CollectableRow) (o offender, err error) {
		err = r.Scan(&o.id, &o.Declined, &o.Disputed, &o.Received)
		return o, err
	}, happened+` WHERE `+where+` ORDER BY partner_id`,
		now.Add(-partner.DeclineWindow), now.Add(-partner.DisputeWindow), partner.MostDeclines, partner.LeastDisputes, value)
	for _, r := range rows {
		if r.Stops() != "" {
			list = append(list, r)
		}
	}
	return list, err
}

// StopByRule stops a partner that is over a limit, and returns why; empty where it is not,
// or is stopped already.
func (s *Store) StopByRule(ctx context.Context, id string) (why partner.StopReason, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		why = ""
		if _, err := tx.Exec(ctx, `SELECT 1 FROM partners WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
			return fmt.Errorf("lock partner: %w", err)
		}
		before, err := stops(ctx, tx, []string{id})
		if err != nil || before[id].State() != partner.Open {
			return err
		}
		list, err := s.over(ctx, tx, `partner_id = $5`, id)
		if err != nil || len(list) == 0 {
			return err
		}
		why = list[0].Stops()
		return s.stop(ctx, tx, id, why)
	})
	return why, err
}
