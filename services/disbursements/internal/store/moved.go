package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Undecided lists the plans that are locked and not released.
func (s *Store) Undecided(ctx context.Context) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "plans that are not released", pgx.RowTo[string], `
		SELECT id FROM payment_plans WHERE state IN ('LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE') ORDER BY id`)
}

// Accounts are the digests of where a plan that is locked pays its families; none of one
// that is not, or is released.
func (s *Store) Accounts(ctx context.Context, p plan.Plan) (map[string]planroot.Hash, error) {
	held := map[string]planroot.Hash{}
	if !slices.Contains(plan.Undecided(), p.State) {
		return held, nil
	}
	list, err := s.planPayments(ctx, s.db.Pool, p)
	for _, y := range list {
		held[y.Family] = y.Leaf.Account
	}
	return held, err
}

// OpenMoved opens a plan again that pays an account which its family has no more; one that
// was opened or released since p was read stays as it is.
func (s *Store) OpenMoved(ctx context.Context, p plan.Plan) (opened bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now, err := lockPlan(ctx, tx, p.ID)
		opened = err == nil && now.Version == p.Version && slices.Contains(plan.Undecided(), now.State)
		if err != nil || !opened {
			return err
		}
		return s.open(ctx, tx, now, moved)
	})
	return opened && err == nil, err
}
