package household

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Report notes what became of an awarded cycle and returns how it stands now.
func (s *Store) Report(ctx context.Context, k aidrequest.Key, paid bool, round string) (aidrequest.CycleState, error) {
	var c aidrequest.Cycle
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := lockRequest(ctx, tx, k.FamilyID, k.RequestID)
		if err != nil {
			return "", err
		}
		if c, err = cycle(ctx, tx, k, ` FOR UPDATE`); err != nil {
			return "", err
		}
		var changed bool
		if c, changed, err = c.Report(paid, round); err != nil {
			return "", err
		}
		if !changed {
			return k.RequestID, postgres.ReplayWrite(ctx, tx)
		}
		return k.RequestID, writeReport(ctx, tx, r, &c)
	})
	if err == nil && idempotency.Replayed(ctx) {
		c, err = cycle(ctx, s.db.Pool, k, "")
	}
	return c.State, err
}

// cycle reads one cycle of a request; lock is a locking clause.
func cycle(ctx context.Context, q postgres.Querier, k aidrequest.Key, lock string) (aidrequest.Cycle, error) {
	return postgres.One(ctx, q, "aid request", func(row pgx.CollectableRow) (aidrequest.Cycle, error) {
		c := aidrequest.Cycle{Number: k.Cycle}
		var round *string
		err := row.Scan(&c.State, &c.Part, &round)
		c.Round = orEmpty(round)
		return c, err
	}, `SELECT state, part, round FROM aid_request_cycles WHERE aid_request_id = $1 AND cycle = $2`+lock, k.RequestID, k.Cycle)
}

// writeReport stores a changed cycle and closes or reopens its request.
func writeReport(ctx context.Context, tx pgx.Tx, r aidrequest.Request, c *aidrequest.Cycle) error {
	if c.State == aidrequest.CycleApproved && r.State == aidrequest.Withdrawn {
		c.State = aidrequest.CycleCancelled
	}
	if _, err := tx.Exec(ctx, `
		UPDATE aid_request_cycles SET state = $3, part = $4, round = NULLIF($5, '')
		WHERE aid_request_id = $1 AND cycle = $2`, r.ID, c.Number, c.State, c.Part, c.Round); err != nil {
		return fmt.Errorf("note cycle of aid request %s: %w", r.ID, err)
	}
	if !slices.Contains([]aidrequest.State{aidrequest.Approved, aidrequest.Closed}, r.State) {
		return nil
	}
	_, err := tx.Exec(ctx, `
		UPDATE aid_requests SET state = CASE WHEN EXISTS (
			SELECT FROM aid_request_cycles WHERE aid_request_id = $1 AND state NOT IN ('PAID', 'CANCELLED'))
			THEN 'APPROVED' ELSE 'CLOSED' END
		WHERE aid_request_id = $1`, r.ID)
	if err != nil {
		return fmt.Errorf("close aid request %s: %w", r.ID, err)
	}
	return nil
}
