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
	var c cycleRow
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := lockRequest(ctx, tx, k.FamilyID, k.RequestID)
		if err != nil {
			return "", err
		}
		if c, err = s.ownCycle(ctx, tx, k, ` FOR UPDATE`); err != nil {
			return "", err
		}
		var changed bool
		if c.Cycle, changed, err = c.Report(paid, round); err != nil {
			return "", err
		}
		if !changed {
			return k.RequestID, postgres.ReplayWrite(ctx, tx)
		}
		return k.RequestID, s.writeReport(ctx, tx, r, &c)
	})
	if err == nil && idempotency.Replayed(ctx) {
		c, err = s.ownCycle(ctx, s.db.Pool, k, "")
	}
	return c.State, err
}

// writeReport stores a changed cycle and closes or reopens its request.
func (s *Store) writeReport(ctx context.Context, tx pgx.Tx, r aidrequest.Request, c *cycleRow) error {
	if c.State == aidrequest.CycleApproved && r.State == aidrequest.Withdrawn {
		c.State = aidrequest.CycleCancelled
	}
	if err := s.writeCycles(ctx, tx, []cycleRow{*c}); err != nil {
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
