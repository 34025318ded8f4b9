package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
)

// Decided says who has approved or authorised a plan that is not released yet.
type Decided struct {
	PlanID string
	People []string
}

// decided are those acts since a day $1.
const decided = `
	SELECT a.plan_id, array_agg(DISTINCT a.person) AS people
	FROM plan_acts a JOIN payment_plans p ON p.id = a.plan_id
	WHERE NOT a.void AND a.kind IN ('APPROVE', 'AUTHORIZE') AND a.created_at >= $1
	  AND p.state IN ('IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE')`

// DecidedSince lists who has approved or authorised plans that are not released yet,
// since a day.
func (s *Store) DecidedSince(ctx context.Context, day time.Time) ([]Decided, error) {
	return many[Decided](ctx, s.db.Pool, "plans that were decided", decided+` GROUP BY a.plan_id ORDER BY a.plan_id`, day)
}

// VoidDecided opens a plan again which one of some people has approved or authorised
// since a day: nothing that was decided about it counts any more. A plan that was
// released meanwhile, or opened, stays as it is.
func (s *Store) VoidDecided(ctx context.Context, planID string, people []string, day time.Time) (voided bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		voided = false
		p, err := lockPlan(ctx, tx, planID)
		if err != nil {
			return err
		}
		found, err := many[Decided](ctx, tx, "plan that was decided", decided+` AND a.plan_id = $2 AND a.person = ANY($3) GROUP BY a.plan_id`, day, planID, people)
		if err != nil || len(found) == 0 {
			return err
		}
		voided = true
		return s.open(ctx, tx, p, frozen)
	})
	return voided, err
}

// open opens a locked plan again by a rule: what was decided about it counts no more.
func (s *Store) open(ctx context.Context, tx pgx.Tx, p plan.Plan, why voidReason) error {
	if err := exec(ctx, tx, "open plan", `
		UPDATE payment_plans SET state = $2, digest = NULL, version = version + 1 WHERE id = $1`, p.ID, plan.Draft); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE plan_acts SET void = true WHERE plan_id = $1 AND kind IN ('APPROVE', 'AUTHORIZE')`, p.ID); err != nil {
		return fmt.Errorf("void decisions: %w", err)
	}
	return s.oweVoid(ctx, tx, p, why)
}
