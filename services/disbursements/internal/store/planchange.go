package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// ChangedPlan is what a plan in DRAFT shall be.
type ChangedPlan struct {
	NewPlan
	// ID is the plan's, Revision the one of which this was thought out.
	ID       string
	Revision int64
}

// ChangePlan makes a plan in DRAFT anew of the awards that it has, and of those of its
// round that are available. Who does that has made the plan, too.
func (s *Store) ChangePlan(ctx context.Context, c ChangedPlan) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := lockRound(ctx, tx, c.RoundID)
		if err != nil {
			return "", err
		}
		p, err := lockPlan(ctx, tx, c.ID)
		if err != nil {
			return "", err
		}
		if p.Revision() != c.Revision {
			return "", plan.ActedOn()
		}
		by, err := partIn(ctx, tx, p, c.Person)
		if err == nil {
			err = p.MayEdit(by)
		}
		if err == nil {
			err = s.mayPlan(ctx, tx, r, c.NewPlan)
		}
		if err != nil {
			return "", err
		}
		if err := s.emptyPlan(ctx, tx, c); err != nil {
			return "", err
		}
		if err := s.fillPlan(ctx, tx, c.ID, r, c.LeftOut); err != nil {
			return "", err
		}
		return c.ID, separated(s.edited(ctx, tx, p, c.Person))
	})
	return err
}

// emptyPlan takes all payments out of a plan, and sends it another way.
func (s *Store) emptyPlan(ctx context.Context, tx pgx.Tx, c ChangedPlan) error {
	if err := s.cancelPayments(ctx, tx, c.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM plan_left_out WHERE plan_id = $1`, c.ID); err != nil {
		return fmt.Errorf("forget who is left out: %w", err)
	}
	return exec(ctx, tx, "send plan another way", `UPDATE payment_plans SET rail = $2, sender = $3 WHERE id = $1`, c.ID, c.Rail, c.Sender)
}

// FamiliesFor returns the families that a plan in DRAFT could pay: those that it pays, and
// those of its round's available awards.
func (s *Store) FamiliesFor(ctx context.Context, planID string) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "families for plan", pgx.RowTo[string], `
		SELECT w.family FROM awards w JOIN payment_plans p ON p.round_id = w.round_id
		WHERE p.id = $1 AND (w.state = 'AVAILABLE' OR EXISTS (
			SELECT FROM payment_shares sh JOIN payments y ON y.id = sh.payment_id
			WHERE sh.award_id = w.id AND sh.live AND y.plan_id = p.id))
		GROUP BY w.family ORDER BY w.family`, planID)
}
