package agreed

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
)

// tries bounds how many numbers a proposal goes past that others have taken.
const tries = 20

// Proposal is what a person proposes.
type Proposal struct {
	Kind, Person string
	EffectiveOn  time.Time
	// Policy is what is proposed; it is kept as JSON.
	Policy any
}

// Propose records a proposal under the next number that nobody has taken in the log: a
// leaf whose row was never written has one for ever. It returns the version.
func (s *Store) Propose(ctx context.Context, p Proposal) (agreement.Version, error) {
	id, repeated, err := idempotency.Earlier(ctx, s.DB)
	if err != nil {
		return agreement.Version{}, err
	}
	if !repeated {
		if id, err = s.propose(ctx, p); err != nil {
			return agreement.Version{}, err
		}
	}
	number, err := strconv.Atoi(id)
	if err != nil {
		return agreement.Version{}, fmt.Errorf("read number of policy version: %w", err)
	}
	return s.Get(ctx, p.Kind, number)
}

func (s *Store) propose(ctx context.Context, p Proposal) (string, error) {
	content, err := contentOf(p.Policy)
	if err != nil {
		return "", err
	}
	next, err := s.next(ctx, p.Kind)
	if err != nil {
		return "", err
	}
	for number := next; ; number++ {
		v := agreement.Version{Kind: p.Kind, Number: number, EffectiveOn: p.EffectiveOn, Content: content, ProposedBy: p.Person}
		leaf, _, err := s.Leaves(v)
		if err != nil {
			return "", err
		}
		sequence, err := s.record(ctx, leaf)
		if fault.Is(err, fault.ReasonReferenceConflict) && number < next+tries {
			continue
		}
		if err != nil {
			return "", err
		}
		return s.add(ctx, v, sequence)
	}
}

// next returns the number after that of the latest version of a kind.
func (s *Store) next(ctx context.Context, kind string) (number int, err error) {
	err = s.DB.Pool.QueryRow(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM policy_versions WHERE kind = $1`, kind).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("read latest version: %w", err)
	}
	return number, nil
}

// add adds a version and returns its number; one that is there stays as it is.
func (s *Store) add(ctx context.Context, v agreement.Version, sequence int64) (number string, err error) {
	return idempotency.Once(ctx, s.DB, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if _, err := tx.Exec(ctx, `
			INSERT INTO policy_versions (kind, version, state, content, effective_on, proposed_by, proposed_sequence, created_at)
			VALUES ($1, $2, 'PROPOSED', $3, $4, $5, $6, $7) ON CONFLICT (kind, version) DO NOTHING`,
			v.Kind, v.Number, string(v.Content), v.EffectiveOn, v.ProposedBy, sequence, s.Now()); err != nil {
			return "", fmt.Errorf("add policy version: %w", err)
		}
		return strconv.Itoa(v.Number), nil
	})
}

// Confirmation is what a second person agrees on.
type Confirmation struct {
	Kind   string
	Number int
	Person string
	// May refuses it; it is asked again under the row's lock.
	May func(agreement.Version) error
}

// Confirm records that a second person agrees, and returns the version.
func (s *Store) Confirm(ctx context.Context, c Confirmation) (agreement.Version, error) {
	_, repeated, err := idempotency.Earlier(ctx, s.DB)
	if err != nil {
		return agreement.Version{}, err
	}
	if !repeated {
		if err := s.confirm(ctx, c); err != nil {
			return agreement.Version{}, err
		}
	}
	return s.Get(ctx, c.Kind, c.Number)
}

func (s *Store) confirm(ctx context.Context, c Confirmation) error {
	v, err := s.Get(ctx, c.Kind, c.Number)
	if err != nil {
		return err
	}
	if err := c.May(v); err != nil {
		return err
	}
	_, leaf, err := s.Leaves(v)
	if err != nil {
		return err
	}
	sequence, err := s.record(ctx, leaf)
	if err != nil {
		return err
	}
	_, err = idempotency.Once(ctx, s.DB, func(ctx context.Context, tx pgx.Tx) (string, error) {
		v, err := versions.Get(ctx, tx, c.Kind, c.Number, "FOR UPDATE OF v")
		if err != nil {
			return "", err
		}
		if err := c.May(v); err != nil {
			return "", err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE policy_versions SET state = 'CONFIRMED', confirmed_by = $3, confirmed_sequence = $4, confirmed_at = $5
			WHERE kind = $1 AND version = $2`, c.Kind, c.Number, c.Person, sequence, s.Now()); err != nil {
			return "", fmt.Errorf("confirm policy version: %w", err)
		}
		return strconv.Itoa(c.Number), nil
	})
	return err
}

// record records a decision of the person who calls, with their own token, before
// anything changes here, and returns its place in the log.
func (s *Store) record(ctx context.Context, d *ledgerv1.DecisionDraft) (int64, error) {
	resp, err := s.Ledger.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{d}})
	if err != nil {
		return 0, fmt.Errorf("record decision: %w", err)
	}
	if len(resp.GetDecisions()) != 1 {
		return 0, fmt.Errorf("record decision: %d answers", len(resp.GetDecisions()))
	}
	return resp.GetDecisions()[0].GetSequence(), nil
}

// prove asks the ledger whether a version was confirmed as it stands here.
func (s *Store) prove(ctx context.Context, v agreement.Version) error {
	_, leaf, err := s.Leaves(v)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s %d %x", leaf.GetReference(), v.Sequence, leaf.GetCommitment())
	if _, known := s.proven.Load(key); known || s.trusting {
		return nil
	}
	resp, err := s.Ledger.CheckLeaves(ctx, &ledgerv1.CheckLeavesRequest{Leaves: []*ledgerv1.LeafQuery{{
		Reference: leaf.GetReference(), Commitment: leaf.GetCommitment(),
	}}})
	if err != nil {
		return fmt.Errorf("ask for the leaf of a policy: %w", err)
	}
	found := resp.GetLeaves()
	if len(found) != 1 || found[0].GetState() != ledgerv1.LeafState_LEAF_STATE_RECORDED || found[0].GetSequence() != v.Sequence ||
		found[0].GetKind() != ledgerv1.DecisionKind_DECISION_KIND_POLICY_VERSION {
		s.Log.ErrorContext(ctx, "a policy was not agreed on as it stands", "policy", leaf.GetResource(), "alarm", true)
		return fault.New(fault.Precondition, fault.ReasonRowWithoutLeaf, "What this rests on was not decided as it stands; the operator has been told.")
	}
	s.proven.Store(key, true)
	return nil
}
