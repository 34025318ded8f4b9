package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Act is what a person does with a plan.
type Act struct {
	PlanID, Person string
	Kind           plan.Kind
	// Digest is what the person looked at; for what they sign.
	Digest []byte
	// Ties bind the person to the families that are paid; for what they sign.
	plan.Ties
	// FileSize is the sender's exposure cap; for a release.
	FileSize int
	// Leaf is the person's decision in the ledger's log; for what has one.
	Leaf Leaf
}

// Leaf is a decision in the ledger's log.
type Leaf struct {
	Sequence int64
	// Persons and WaitDays are what the ledger has counted for a lock.
	Persons, WaitDays int
}

// MayDo checks that a person may act on a plan now, changes nothing, and returns the
// plan as it is, and the digest that the act is about.
func (s *Store) MayDo(ctx context.Context, a Act) (p plan.Plan, digest []byte, err error) {
	err = s.rehearsed(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		p, digest, err = s.doOnce(ctx, tx, a)
		return err
	})
	return p, digest, err
}

// Do takes a plan one step on, or back. Of two people who act at the same time
// the second finds what the first has done.
func (s *Store) Do(ctx context.Context, a Act) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, _, err := s.doOnce(ctx, tx, a)
		return a.PlanID, err
	})
	return err
}

func (s *Store) doOnce(ctx context.Context, tx pgx.Tx, a Act) (plan.Plan, []byte, error) {
	p, err := lockPlan(ctx, tx, a.PlanID)
	if err != nil {
		return p, nil, err
	}
	by, err := partIn(ctx, tx, p, a.Person)
	if err != nil {
		return p, nil, err
	}
	by.Ties = a.Ties
	rule, err := p.May(a.Kind, by, s.now())
	if err != nil {
		return p, nil, err
	}
	if a.Kind.Looks() && !bytes.Equal(a.Digest, p.Digest) {
		return p, nil, plan.Changed()
	}
	digest, err := s.planDigest(ctx, tx, p, a.Kind)
	if err != nil {
		return p, nil, err
	}
	return p, digest, separated(s.do(ctx, tx, p, a, rule, digest))
}

// separated turns the violations of the separation of duties into faults.
func separated(err error) error {
	switch {
	case postgres.Violates(err, "allocation_rounds_other_person"):
		return round.SamePerson().With(err)
	case postgres.Violates(err, "plan_acts_one_stand_in"):
		return plan.StandInTaken().With(err)
	case postgres.Violates(err, "plan_persons_one_hat"):
		return plan.SamePerson().With(err)
	case postgres.Violates(err, "file_downloads_other_person"):
		return payment.FetchedByProposer().With(err)
	case postgres.Violates(err, "plan_acts_digest"):
		return plan.Changed().With(err)
	}
	return err
}

func (s *Store) do(ctx context.Context, tx pgx.Tx, p plan.Plan, a Act, rule plan.Rule, digest []byte) error {
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
		if err := s.oweVoid(ctx, tx, p, reasonOf(a.Kind)); err != nil {
			return err
		}
	}
	signed := digest
	if !rule.Signs {
		signed = nil
	}
	if err := s.act(ctx, tx, deed{planID: p.ID, person: a.Person, kind: a.Kind, hat: rule.Hat, digest: signed, leaf: a.Leaf.Sequence, standIn: a.StandsIn}); err != nil {
		return err
	}
	switch a.Kind {
	case plan.Lock:
		return s.noteHands(ctx, tx, p.ID, a.Leaf)
	case plan.Release:
		return s.releasePayments(ctx, tx, p, a.FileSize)
	case plan.Abort:
		return s.cancelPayments(ctx, tx, p.ID)
	}
	return nil
}

// noteHands notes what the ledger has counted for a lock, and when it ends by itself.
func (s *Store) noteHands(ctx context.Context, tx pgx.Tx, planID string, l Leaf) error {
	days, err := s.approvalDays(ctx, tx)
	if err != nil {
		return err
	}
	standIn, err := s.standInDays(ctx, tx, planID, l.WaitDays)
	if err != nil {
		return err
	}
	return exec(ctx, tx, "note hands", `
		UPDATE payment_plans SET persons = $2, wait_days = $3, stand_in_days = $4, locked_at = $5, unlocks_on = $6 WHERE id = $1`,
		planID, l.Persons, l.WaitDays, standIn, s.now(), plan.Unlocks(s.now(), max(l.WaitDays, standIn), days))
}

// standInDays is for how many days a plan that is locked stands in open view before
// somebody may sign who stood in for a verifier, or look who confirmed in a case; 0 where
// nobody may. own are the days of the plan's row.
func (s *Store) standInDays(ctx context.Context, tx pgx.Tx, planID string, own int) (int, error) {
	p, err := readPlan(ctx, tx, planID, "")
	if err != nil || !slices.ContainsFunc(p.Looks, func(l plan.Look) bool { return l.StandIn || l.Near }) {
		return 0, err
	}
	in, err := s.policy(ctx, tx)
	return plan.StandInDays(own, in.MostDays(p.Currency)), err
}

// anew is what an act adds to the version of the plan.
func anew(rule plan.Rule) int {
	if rule.Voids {
		return 1
	}
	return 0
}

// planDigest returns the digest that the plan has after an act: a lock freezes
// what is in the plan now, an unlock or a rejection forgets it.
func (s *Store) planDigest(ctx context.Context, tx pgx.Tx, p plan.Plan, kind plan.Kind) ([]byte, error) {
	switch kind {
	case plan.Unlock, plan.Reject, plan.Object:
		return nil, nil
	case plan.Lock:
		if p.Prepared != p.Version {
			return nil, fmt.Errorf("lock plan %s: it is not prepared", p.ID)
		}
		leaves, err := s.planLeaves(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		return plan.Digest(leaves)
	}
	return p.Digest, nil
}

// deed is what is noted of an act.
type deed struct {
	planID, person string
	kind           plan.Kind
	hat            plan.Hat
	digest         []byte
	// leaf is the sequence of the person's decision.
	leaf int64
	// standIn says that they had stood in for a verifier in the case of a family.
	standIn bool
}

// recorded reports whether acts of a kind have a leaf.
func recorded(kind plan.Kind) bool { return kind == plan.Lock || kind.Looks() || kind == plan.Download }

// act notes what a person did. With a hat, the person gets it for the plan's
// whole life, or is refused for having another.
func (s *Store) act(ctx context.Context, tx pgx.Tx, d deed) error {
	now := s.now()
	if d.hat != "" {
		if _, err := tx.Exec(ctx, `
			INSERT INTO plan_persons (plan_id, person, hat) VALUES ($1, $2, $3)
			ON CONFLICT (plan_id, person, hat) DO NOTHING`, d.planID, d.person, d.hat); err != nil {
			return fmt.Errorf("give hat: %w", err)
		}
	}
	days, err := s.approvalDays(ctx, tx)
	if err != nil {
		return err
	}
	var sequence *int64
	if recorded(d.kind) {
		sequence = &d.leaf
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence, stand_in)
		VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6, $7, $8, $9)`,
		d.planID, d.kind, d.person, d.hat, d.digest, now, plan.Expires(d.kind, now, days), sequence, d.standIn); err != nil {
		return fmt.Errorf("insert act: %w", err)
	}
	return nil
}
