package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// NewPlan is what a plan is made of.
type NewPlan struct {
	RoundID, Rail, Sender, Person string
	// Currencies that the rail carries.
	Currencies []string
	// LeftOut are families that the plan leaves out, with the reason.
	LeftOut map[string]string
}

// CreatePlan makes a plan of all available awards of a committed round, one
// payment per family, and returns its id.
func (s *Store) CreatePlan(ctx context.Context, n NewPlan) (string, error) {
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := lockRound(ctx, tx, n.RoundID)
		if err != nil {
			return "", err
		}
		if err := s.mayPlan(ctx, tx, r, n); err != nil {
			return "", err
		}
		id := resource.NewID(resource.KindPaymentPlan)
		if _, err := tx.Exec(ctx, `
			INSERT INTO payment_plans (id, state, round_id, rail, sender, currency, created_at)
			VALUES ($1, 'DRAFT', $2, $3, $4, $5, $6)`, id, r.ID, n.Rail, n.Sender, r.Currency, s.now()); err != nil {
			return "", fmt.Errorf("insert plan: %w", err)
		}
		if err := s.act(ctx, tx, deed{planID: id, person: n.Person, kind: plan.Create, hat: plan.Maker}); err != nil {
			return "", err
		}
		return id, s.fillPlan(ctx, tx, id, r, n.LeftOut)
	})
}

func (s *Store) mayPlan(ctx context.Context, tx pgx.Tx, r round.Round, n NewPlan) error {
	if r.State != round.Committed {
		return fault.New(fault.Precondition, fault.ReasonRoundNotCommitted, "The allocation round is not committed.")
	}
	carried := false
	for _, c := range n.Currencies {
		carried = carried || c == r.Currency
	}
	if !carried {
		return fault.New(fault.Precondition, fault.ReasonRailLacksCurrency, "The rail does not carry the round's currency.")
	}
	return s.runs(ctx, tx, n.Rail, n.Sender)
}

// fillPlan makes a payment per family out of the round's available awards, but for those
// of families that are left out.
func (s *Store) fillPlan(ctx context.Context, tx pgx.Tx, planID string, r round.Round, leftOut map[string]string) error {
	awards, err := s.ownAwards(ctx, tx, `
		WHERE round_id = $1 AND state = 'AVAILABLE' AND NOT (`+cameBack+`) AND NOT (`+paidAfterFailed+`) ORDER BY family, id FOR UPDATE`, r.ID)
	if err != nil {
		return err
	}
	if len(awards) == 0 {
		return noAwards(ctx, tx, r)
	}
	awards, err = s.leaveOut(ctx, tx, planID, awards, leftOut)
	if err != nil {
		return err
	}
	if err := s.moveAwards(ctx, tx, round.InPayment, awards); err != nil {
		return err
	}
	for len(awards) > 0 {
		n := 1
		for n < len(awards) && awards[n].Family == awards[0].Family {
			n++
		}
		if err := s.insertPayment(ctx, tx, planID, awards[:n]); err != nil {
			return err
		}
		awards = awards[n:]
	}
	return nil
}

// leaveOut notes which families a plan leaves out, and returns the awards of the others.
// They stay available to a plan over another rail, or for other people.
func (s *Store) leaveOut(ctx context.Context, tx pgx.Tx, planID string, awards []awardRow, leftOut map[string]string) (rest []awardRow, err error) {
	noted := map[string]bool{}
	for _, a := range awards {
		reason, out := leftOut[a.Family]
		switch {
		case !out:
			rest = append(rest, a)
		case !noted[a.Family]:
			noted[a.Family] = true
			if err := leaveOut(ctx, tx, planID, a.Family, reason); err != nil {
				return nil, err
			}
		}
	}
	if len(rest) == 0 {
		return nil, fault.New(fault.Precondition, plan.AllLeftOut(leftOut[awards[0].Family]), "All of the round's families that are not in a plan already are left out.")
	}
	return rest, nil
}

// leaveOut notes that a plan leaves a family out.
func leaveOut(ctx context.Context, tx pgx.Tx, planID, family, reason string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO plan_left_out (plan_id, family, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, planID, family, reason)
	if err != nil {
		return fmt.Errorf("leave family out: %w", err)
	}
	return nil
}

func (s *Store) insertPayment(ctx context.Context, tx pgx.Tx, planID string, awards []awardRow) error {
	y := payment.Payment{ID: resource.NewID(resource.KindPayment), PlanID: planID, Family: awards[0].Family, Currency: awards[0].Currency}
	for _, a := range awards { // by id, as they are read
		y.Minor += a.Minor
		y.Shares = append(y.Shares, payment.Share{Award: a.ID, Minor: a.Minor})
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO payments (id, plan_id, state, family, currency, minor_units, created_at, mac)
		VALUES ($1, $2, 'PENDING', $3, $4, $5, $6, $7)`,
		y.ID, y.PlanID, y.Family, y.Currency, y.Minor, s.now(), s.rows.Sign(signedPayment(y))); err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	for _, sh := range y.Shares {
		if _, err := tx.Exec(ctx, `
			INSERT INTO payment_shares (payment_id, award_id, minor_units) VALUES ($1, $2, $3)`, y.ID, sh.Award, sh.Minor); err != nil {
			return fmt.Errorf("insert share: %w", err)
		}
	}
	return nil
}

// Plan reads one plan with its acts.
func (s *Store) Plan(ctx context.Context, id string) (plan.Plan, error) {
	return readPlan(ctx, s.db.Pool, id, "")
}

// Plans lists the plans that somebody sees, newest first.
func (s *Store) Plans(ctx context.Context, by plan.Sight, p page.Page) ([]plan.Plan, error) {
	var seen []listing.Condition
	switch by {
	case plan.SeesOpen:
		seen = append(seen, listing.Few(inOpenView))
	case plan.SeesLooks:
		seen = append(seen, listing.Few("("+inOpenView+" OR "+waitsForLooks+")"))
	}
	rows, err := list[planRow](ctx, s, "payment plans", planColumns, planList(), p, seen...)
	if err != nil {
		return nil, err
	}
	return withActs(ctx, s.db.Pool, rows)
}

const planColumns = `
	SELECT p.id, p.state, p.round_id, p.rail, p.sender, p.currency, p.digest, p.version, p.prepared, p.persons, p.wait_days, p.stand_in_days,
		COALESCE(p.locked_at, p.created_at) AS locked_at, COALESCE(p.unlocks_on, p.created_at) AS unlocks_on, p.created_at, y.payments, y.total
	FROM payment_plans p CROSS JOIN LATERAL (
		SELECT COUNT(*)::int AS payments, COALESCE(SUM(y.minor_units), 0)::bigint AS total
		FROM payments y WHERE y.plan_id = p.id AND y.state <> 'CANCELLED') y `

const actColumns = `
	SELECT id, plan_id, kind, person, created_at AS at, digest, void, expires_at AS expires, stand_in FROM plan_acts `

type planRow struct {
	ID          string
	State       plan.State
	RoundID     string
	Rail        string
	Sender      string
	Currency    string
	Digest      []byte
	Version     int
	Prepared    int
	Persons     int
	WaitDays    int
	StandInDays int
	LockedAt    time.Time
	UnlocksOn   time.Time
	CreatedAt   time.Time
	Payments    int
	Total       int64
}

// withActs makes plans of rows; it reads the acts of all at once, and whom they leave out.
func withActs(ctx context.Context, q postgres.Querier, rows []planRow) ([]plan.Plan, error) {
	list, index := make([]plan.Plan, len(rows)), indexed(rows, func(r planRow) string { return r.ID })
	for i, r := range rows {
		list[i] = plan.Plan{
			ID: r.ID, State: r.State, RoundID: r.RoundID, Rail: r.Rail, Sender: r.Sender, Currency: r.Currency,
			Digest: r.Digest, Version: r.Version, Prepared: r.Prepared,
			Hands: plan.Hands{Persons: r.Persons, WaitDays: r.WaitDays, StandInDays: r.StandInDays, Locked: r.LockedAt}, Unlocks: r.UnlocksOn, Payments: r.Payments, Total: r.Total, Created: r.CreatedAt,
		}
	}
	if err := each(ctx, q, "families left out", func(l leftOutRow) {
		p := &list[index.of[l.PlanID]]
		p.LeftOut = append(p.LeftOut, l.LeftOut)
	}, `SELECT plan_id, family, reason FROM plan_left_out WHERE plan_id = ANY($1) ORDER BY plan_id, family`, index.ids); err != nil {
		return nil, err
	}
	if err := each(ctx, q, "looks", func(l lookRow) {
		p := &list[index.of[l.PlanID]]
		p.Looks = append(p.Looks, l.Look)
	}, lookColumns+`AND l.plan_id = ANY($1) ORDER BY l.plan_id, l.number`, index.ids); err != nil {
		return nil, err
	}
	return list, each(ctx, q, "acts", func(a actRow) {
		p := &list[index.of[a.PlanID]]
		p.Acts = append(p.Acts, a.Act)
	}, actColumns+`WHERE plan_id = ANY($1) ORDER BY plan_id, id`, index.ids)
}

type leftOutRow struct {
	PlanID string
	plan.LeftOut
}

type actRow struct {
	PlanID string
	plan.Act
}

func readPlan(ctx context.Context, q postgres.Querier, id, lock string) (plan.Plan, error) {
	row, err := one[planRow](ctx, q, "payment plan", planColumns+`WHERE p.id = $1 `+lock, id)
	if err != nil {
		return plan.Plan{}, err
	}
	list, err := withActs(ctx, q, []planRow{row})
	return list[0], err
}

func lockPlan(ctx context.Context, tx pgx.Tx, id string) (plan.Plan, error) {
	return readPlan(ctx, tx, id, "FOR UPDATE OF p")
}
