package store

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// PartsIn tells of plans what a person is to each of them.
func (s *Store) PartsIn(ctx context.Context, person string, plans ...plan.Plan) (map[string]plan.By, error) {
	return partsIn(ctx, s.db.Pool, person, plans...)
}

type partRow struct {
	PlanID string
	Has    plan.Hat
}

func partsIn(ctx context.Context, q postgres.Querier, person string, plans ...plan.Plan) (map[string]plan.By, error) {
	ids := make([]string, len(plans))
	for i, p := range plans {
		ids[i] = p.ID
	}
	rows, err := many[partRow](ctx, q, "parts in plans", `
		SELECT p.id AS plan_id, COALESCE(h.hat, '') AS has
		FROM payment_plans p LEFT JOIN plan_persons h ON h.plan_id = p.id AND h.person = $2
		WHERE p.id = ANY($1)`, ids, person)
	parts := make(map[string]plan.By, len(rows))
	for _, r := range rows {
		parts[r.PlanID] = plan.By{Person: person, Has: r.Has}
	}
	return parts, err
}

// partIn is PartsIn for one plan.
func partIn(ctx context.Context, q postgres.Querier, p plan.Plan, person string) (plan.By, error) {
	parts, err := partsIn(ctx, q, person, p)
	return parts[p.ID], err
}

// Settings tells of payments what around them decides whether a person may act on them.
func (s *Store) Settings(ctx context.Context, person string, payments ...payment.Payment) (map[string]payment.Setting, error) {
	ids := make([]string, len(payments))
	for i, y := range payments {
		ids[i] = y.ID
	}
	rows, err := many[settingRow](ctx, s.db.Pool, "settings of payments", `
		SELECT y.id AS payment_id, p.state AS plan, p.rail, p.sender, COALESCE(h.hat, '') AS has, EXISTS (
			SELECT 1 FROM payment_records r JOIN attempts a ON a.payment_id = r.payment_id AND a.number = r.number
			WHERE r.payment_id = y.id AND a.state = 'SENT' AND r.recorded_by = $2 AND r.confirmed_by IS NULL) AS own,
			y.state = 'FAILED' AND EXISTS (
			SELECT 1 FROM payment_shares sh JOIN awards w ON w.id = sh.award_id
			WHERE sh.payment_id = y.id AND w.state <> 'AVAILABLE') AS taken, `+awardsPaidAfterFailed+` AS paid_after_failed
		FROM payments y JOIN payment_plans p ON p.id = y.plan_id
		LEFT JOIN plan_persons h ON h.plan_id = p.id AND h.person = $2
		WHERE y.id = ANY($1)`, ids, person)
	if err != nil {
		return nil, err
	}
	refused, err := s.Refusals(ctx, ids...)
	settings := make(map[string]payment.Setting, len(rows))
	for _, r := range rows {
		r.Refusal, r.Person, r.Now = refused[r.PaymentID], person, s.now()
		settings[r.PaymentID] = r.Setting
	}
	return settings, err
}

type settingRow struct {
	PaymentID string
	payment.Setting
}
