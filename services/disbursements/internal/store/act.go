package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Act is what a person does with a plan.
type Act struct {
	PlanID, Person string
	Kind           plan.Kind
	// Digest is what the person looked at; for what they sign.
	Digest []byte
	// FileSize is the sender's exposure cap; for a release.
	FileSize int
}

// Do takes a plan one step on, or back. Of two people who act at the same time
// the second finds what the first has done.
func (s *Store) Do(ctx context.Context, a Act) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		p, err := lockPlan(ctx, tx, a.PlanID)
		if err != nil {
			return "", err
		}
		rule, err := plan.RuleOf(a.Kind, p.State)
		if err != nil {
			return "", err
		}
		if a.Kind.Looks() && !bytes.Equal(a.Digest, p.Digest) {
			return "", plan.Changed()
		}
		return p.ID, separated(s.do(ctx, tx, p, a, rule))
	})
	return err
}

// separated turns the violations of the separation of duties into faults.
func separated(err error) error {
	switch {
	case postgres.Violates(err, "allocation_rounds_other_person"):
		return round.SamePerson().With(err)
	case postgres.Violates(err, "allocation_rounds_not_involved"):
		return fault.Involved().With(err)
	case postgres.Violates(err, "plan_persons_one_hat"):
		return plan.SamePerson().With(err)
	case postgres.Violates(err, "file_downloads_other_person"):
		return fault.SamePerson("fetch a file that they proposed to fetch").With(err)
	case postgres.Violates(err, "plan_acts_not_involved"):
		return fault.Involved().With(err)
	case postgres.Violates(err, "plan_acts_digest"):
		return plan.Changed().With(err)
	}
	return err
}

func (s *Store) do(ctx context.Context, tx pgx.Tx, p plan.Plan, a Act, rule plan.Rule) error {
	if a.Kind == plan.Authorize || a.Kind == plan.Release {
		if err := plan.CheckFresh(p.Acts, s.now()); err != nil {
			return err
		}
	}
	if err := mayTake(ctx, tx, p, a.Person, rule.Hat); err != nil {
		return err
	}
	digest, err := planDigest(ctx, tx, p, a.Kind)
	if err != nil {
		return err
	}
	if err := exec(ctx, tx, "move plan", `
		UPDATE payment_plans SET state = $2, digest = $3, version = version + $4 WHERE id = $1`,
		p.ID, rule.To, digest, anew(rule)); err != nil {
		return err
	}
	if rule.Voids {
		if _, err := tx.Exec(ctx, `
			UPDATE plan_acts SET void = true WHERE plan_id = $1 AND kind IN ('APPROVE', 'AUTHORIZE')`, p.ID); err != nil {
			return fmt.Errorf("void decisions: %w", err)
		}
	}
	signed := digest
	if !rule.Signs {
		signed = nil
	}
	if err := s.act(ctx, tx, p.ID, a.Person, a.Kind, rule.Hat, signed, contentOf(p, a.Kind)); err != nil {
		return err
	}
	switch a.Kind {
	case plan.Release:
		return s.releasePayments(ctx, tx, p, a.FileSize)
	case plan.Abort:
		return s.cancelPayments(ctx, tx, p.ID)
	}
	return nil
}

// anew is what an act adds to the version of the plan.
func anew(rule plan.Rule) int {
	if rule.Voids {
		return 1
	}
	return 0
}

// mayTake checks what the constraints of the database check again.
func mayTake(ctx context.Context, tx pgx.Tx, p plan.Plan, person string, want plan.Hat) error {
	var has plan.Hat
	var involved bool
	if err := tx.QueryRow(ctx, `
		SELECT COALESCE((SELECT hat FROM plan_persons WHERE plan_id = $1 AND person = $3), ''),
			EXISTS (SELECT 1 FROM round_involved WHERE round_id = $2 AND person = $3)`,
		p.ID, p.RoundID, person).Scan(&has, &involved); err != nil {
		return fmt.Errorf("look up person: %w", err)
	}
	return plan.MayTake(want, has, involved)
}

// planDigest returns the digest that the plan has after an act: a lock freezes
// what is in the plan now, an unlock forgets it.
func planDigest(ctx context.Context, tx pgx.Tx, p plan.Plan, kind plan.Kind) ([]byte, error) {
	switch kind {
	case plan.Unlock:
		return nil, nil
	case plan.Lock:
		if p.Prepared != p.Version {
			return nil, fmt.Errorf("lock plan %s: it is not prepared", p.ID)
		}
		leaves, err := planLeaves(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		return plan.Digest(leaves)
	}
	return p.Digest, nil
}

// contentOf is what the leaf of an act says beside the digest.
func contentOf(p plan.Plan, kind plan.Kind) *decision.Content {
	if kind != plan.Lock {
		return nil
	}
	return posting.LockContent(posting.Lock{Currency: p.Currency, Minor: p.Total})
}

// act notes what a person did. With a hat, the person gets it for the plan's
// whole life, or is refused for having another.
func (s *Store) act(ctx context.Context, tx pgx.Tx, planID, person string, kind plan.Kind, hat plan.Hat, digest []byte, content *decision.Content) error {
	now := s.now()
	if hat != "" {
		if _, err := tx.Exec(ctx, `
			INSERT INTO plan_persons (plan_id, person, hat) VALUES ($1, $2, $3)
			ON CONFLICT (plan_id, person, hat) DO NOTHING`, planID, person, hat); err != nil {
			return fmt.Errorf("give hat: %w", err)
		}
	}
	var id int64
	if err := tx.QueryRow(ctx, `
		INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at)
		VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6, $7) RETURNING id`,
		planID, kind, person, hat, digest, now, plan.Expires(kind, now)).Scan(&id); err != nil {
		return fmt.Errorf("insert act: %w", err)
	}
	leaf := plan.DecisionOf(kind)
	if leaf == "" {
		return nil
	}
	return decision.Owe(ctx, tx, s.queue.Enqueue, now, decision.Decision{
		Reference: reference.Act(planID, id), Kind: leaf, Resource: resource.PaymentPlan.Of(planID), Person: person,
		Day: day(now), Commitment: digest, Content: content,
	})
}

// DecisionsBefore lists the references of the decisions about the same plan that
// were taken before the one with a reference; none for decisions about
// anything else.
func (s *Store) DecisionsBefore(ctx context.Context, decision string) ([]string, error) {
	planID, id, ok := reference.ActOf(decision)
	if !ok {
		return nil, nil
	}
	before := plan.Plan{ID: planID}
	err := each(ctx, s.db.Pool, "acts", func(a actRow) { before.Acts = append(before.Acts, a.Act) },
		actColumns+`WHERE plan_id = $1 AND id < $2 ORDER BY id`, before.ID, id)
	return decisions(before), err
}
