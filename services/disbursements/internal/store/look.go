package store

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"crypto/rand"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// lookColumns read the looks that the present version of a plan asks for: at families
// that it still pays. One made for an earlier version is made anew.
const lookColumns = `
	SELECT l.plan_id, l.number, l.family, l.reason, l.stand_in, l.near, CASE WHEN l.version = p.version THEN l.looked_by ELSE '' END AS by
	FROM plan_looks l JOIN payment_plans p ON p.id = l.plan_id
	WHERE EXISTS (SELECT 1 FROM payments y WHERE y.plan_id = l.plan_id AND y.family = l.family AND y.state <> 'CANCELLED') `

// waitsForLooks holds for the plans of which plan.MayLook says that looks are asked for.
const waitsForLooks = `(p.state IN ('LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE') AND EXISTS (
	SELECT 1 FROM plan_looks l WHERE l.plan_id = p.id AND l.version IS DISTINCT FROM p.version))`

type lookRow struct {
	PlanID string
	plan.Look
}

// chooseLooks chooses whom a plan that is locked asks to look at, beside those whom an
// earlier lock has chosen: whoever locks it again does not draw again.
func (s *Store) chooseLooks(ctx context.Context, tx pgx.Tx, p plan.Plan, families []string, found Found) error {
	chosen := map[string]bool{}
	drawn, number := 0, 0
	all, err := many[plan.Look](ctx, tx, "looks", `SELECT number, family, reason, stand_in, near, '' AS by FROM plan_looks WHERE plan_id = $1`, p.ID)
	if err != nil {
		return err
	}
	for _, l := range all {
		chosen[l.Family], number = true, max(number, l.Number)
		if l.Reason == plan.Drawn && slices.Contains(families, l.Family) {
			drawn++
		}
	}
	recent, left, err := s.drawnElsewhere(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	add := func(family string, why plan.LookReason) error {
		if chosen[family] || !slices.Contains(families, family) {
			return nil
		}
		chosen[family] = true
		number++
		if why == plan.Drawn {
			drawn++
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO plan_looks (plan_id, number, family, reason, chosen_on) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, number, family, why, s.now()); err != nil {
			return fmt.Errorf("ask for look: %w", err)
		}
		return nil
	}
	for _, named := range []struct {
		families []string
		why      plan.LookReason
	}{
		{found.Concentrated, plan.Concentrated}, {found.StandIns, plan.ForStandIn},
		{left, plan.Drawn}, // drawn in a plan that was given up instead
	} {
		for _, family := range named.families {
			if err := add(family, named.why); err != nil {
				return err
			}
		}
	}
	rest := slices.DeleteFunc(slices.Clone(families), func(f string) bool { return chosen[f] })
	for n := plan.Draws(len(families), recent); drawn < n && len(rest) > 0; {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(len(rest))))
		if err != nil {
			return fmt.Errorf("draw: %w", err)
		}
		if err := add(rest[i.Int64()], plan.Drawn); err != nil {
			return err
		}
		rest = slices.Delete(rest, int(i.Int64()), int(i.Int64())+1)
	}
	if _, err := tx.Exec(ctx, `
		UPDATE plan_looks SET stand_in = family = ANY (COALESCE($2, '{}'::text[])), near = family = ANY (COALESCE($3, '{}'::text[]))
		WHERE plan_id = $1`, p.ID, found.StandIns, found.Near); err != nil {
		return fmt.Errorf("note whose stand-ins may sign, and where nobody untouched is there: %w", err)
	}
	return nil
}

// drawnElsewhere counts the families that other plans have drawn of late and somebody has
// looked at, and names those at which nobody has.
func (s *Store) drawnElsewhere(ctx context.Context, tx pgx.Tx, planID string) (recent int, left []string, err error) {
	type row struct {
		Family string
		Looked bool
	}
	since := s.now().AddDate(0, 0, -plan.DrawnDays)
	err = each(ctx, tx, "families drawn of late", func(r row) {
		if r.Looked {
			recent++
		} else {
			left = append(left, r.Family)
		}
	}, `SELECT family, bool_or(version IS NOT NULL) AS looked FROM plan_looks
		WHERE plan_id <> $1 AND reason = 'DRAWN' AND chosen_on > $2 GROUP BY family ORDER BY family`, planID, since)
	return recent, left, err
}

// Look notes that a person has looked at a family for a version of a plan.
func (s *Store) Look(ctx context.Context, planID string, version int, l plan.Look, person string, sequence int64) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		p, err := lockPlan(ctx, tx, planID)
		if err != nil {
			return "", err
		}
		if p.Version != version {
			return "", plan.Changed()
		}
		if err := p.MayLook(); err != nil {
			return "", err
		}
		if _, err := p.LookAt("family", l.Family); err != nil {
			return "", err
		}
		return planID, exec(ctx, tx, "note look", `
			UPDATE plan_looks SET version = $3, looked_by = $4, looked_on = $5, sequence = $6 WHERE plan_id = $1 AND number = $2`,
			planID, l.Number, version, person, s.now(), sequence)
	})
	return err
}

// Paid is what a family gets.
type Paid struct {
	Family string
	Minor  int64
	// OfPlan says that the plan in question pays it.
	OfPlan bool
}

// PaidOfLate says what families get by a plan and by others of its currency that were made
// within the last days: those that the plan pays first.
func (s *Store) PaidOfLate(ctx context.Context, planID string) ([]Paid, error) {
	return many[Paid](ctx, s.db.Pool, "what families get", `
		SELECT y.family, SUM(y.minor_units)::bigint AS minor, bool_or(y.plan_id = p.id) AS of_plan
		FROM payment_plans p JOIN payments y ON y.currency = p.currency AND y.state NOT IN ('CANCELLED', 'FAILED', 'RETURNED')
		WHERE p.id = $1 AND (y.plan_id = p.id OR y.created_at > $2)
		GROUP BY y.family ORDER BY of_plan DESC, y.family`, planID, s.now().AddDate(0, 0, -plan.DrawnDays))
}

// familiesOf lists the families that a plan pays.
func familiesOf(ctx context.Context, q postgres.Querier, planID string) ([]string, error) {
	return postgres.Many(ctx, q, "families of plan", pgx.RowTo[string], `
		SELECT DISTINCT family FROM payments WHERE plan_id = $1 AND state <> 'CANCELLED' ORDER BY family`, planID)
}
