package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Adjustments keeps the adjustments of one ledger. What a person decides about one
// becomes a leaf in the transaction that changes its row, and an approval books it there.
type Adjustments struct {
	db     *postgres.DB
	ledger int16
	books  *Store
	draft  Draft
}

// Draft makes the transaction that an adjustment becomes in the books.
type Draft func(a adjustment.Adjustment) (book.Draft, error)

// NewAdjustments returns the store of a ledger's adjustments.
func NewAdjustments(s *Store, draft Draft) *Adjustments {
	return &Adjustments{db: s.db, ledger: s.ledger, books: s, draft: draft}
}

// Propose stores a new adjustment and its decision. It returns the id, that of the
// first call where this one repeats it.
func (s *Adjustments) Propose(ctx context.Context, a adjustment.Adjustment) (string, error) {
	proposed, err := decided(a.Proposal())
	if err != nil {
		return "", err
	}
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		outcomes, err := s.book(ctx, tx, proposed)
		if err != nil {
			return "", err
		}
		if outcomes[0].Err != nil {
			return "", outcomes[0].Err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO adjustments (ledger_id, adjustment, kind, debit_account, credit_account, amount, currency,
				occurred_on, evidence_sha256, state, proposer, proposed_on)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			s.ledger, a.ID, a.Kind, a.Debit, a.Credit, a.Amount.MinorUnits, a.Amount.Currency,
			a.OccurredOn.Time(), a.Evidence[:], adjustment.Proposed, a.Proposer, a.ProposedOn.Time())
		if err != nil {
			return "", fmt.Errorf("store adjustment: %w", err)
		}
		return a.ID, nil
	})
}

// Approve notes that a person approves an adjustment, and books it where the books have
// all that they ask for: the decision, the booking and the row become true together.
// What is final is noted, and so is what still lacks.
func (s *Adjustments) Approve(ctx context.Context, id, person string, today leaf.Day) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		a, err := s.decidable(ctx, tx, id, adjustment.Approve, person)
		if err != nil {
			return "", err
		}
		booked, err := s.approve(ctx, tx, a, person, today)
		if err != nil {
			return "", err
		}
		if err := s.note(ctx, tx, a, person, today); err != nil {
			return "", err
		}
		return id, s.outcome(ctx, tx, id, booked)
	})
	return err
}

// Reject notes that a person rejected an adjustment that is not booked.
func (s *Adjustments) Reject(ctx context.Context, id, person string, today leaf.Day) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if _, err := s.decidable(ctx, tx, id, adjustment.Reject, person); err != nil {
			return "", err
		}
		return id, s.update(ctx, tx, `
			UPDATE adjustments SET state = $3, decider = $4, decided_on = $5, refusal_reason = NULL, refusal = NULL
			WHERE ledger_id = $1 AND adjustment = $2`, id, adjustment.Rejected, person, today.Time())
	})
	return err
}

// decidable reads an adjustment, and locks it, about which a person may decide so.
func (s *Adjustments) decidable(ctx context.Context, tx pgx.Tx, id string, v adjustment.Verb, person string) (adjustment.Adjustment, error) {
	a, err := s.read(ctx, tx, id, "FOR UPDATE")
	if err != nil {
		return a, err
	}
	return a, a.May(v, person)
}

// approve books an approval and, with it or not, the adjustment itself.
func (s *Adjustments) approve(ctx context.Context, tx pgx.Tx, a adjustment.Adjustment, person string, today leaf.Day) (Outcome, error) {
	approved, err := decided(a.Approval(person, today))
	if err != nil {
		return Outcome{}, err
	}
	draft, err := s.draft(a)
	if err != nil {
		return Outcome{}, err
	}
	booking, err := book.NewUnit(nil, []book.Draft{draft}, today)
	if err != nil {
		return Outcome{}, err
	}
	outcomes, err := s.book(ctx, tx, approved, booking)
	if err != nil {
		return Outcome{}, err
	}
	return outcomes[1], outcomes[0].Err
}

// note writes down who has approved: the first one in the adjustment, others beside it.
func (s *Adjustments) note(ctx context.Context, tx pgx.Tx, a adjustment.Adjustment, person string, today leaf.Day) error {
	if a.State == adjustment.Proposed {
		return s.update(ctx, tx, `
			UPDATE adjustments SET state = $3, decider = $4, decided_on = $5
			WHERE ledger_id = $1 AND adjustment = $2`, a.ID, adjustment.Approved, person, today.Time())
	}
	return s.update(ctx, tx, `
		INSERT INTO adjustment_approvals (ledger_id, adjustment, person, day) VALUES ($1, $2, $3, $4)
		ON CONFLICT (ledger_id, adjustment, person, day) DO NOTHING`, a.ID, person, today.Time())
}

// outcome writes down what the books have said to the booking of an approved adjustment.
func (s *Adjustments) outcome(ctx context.Context, tx pgx.Tx, id string, o Outcome) error {
	const refused = `
		UPDATE adjustments SET state = $3, refusal_reason = $4, refusal = $5
		WHERE ledger_id = $1 AND adjustment = $2`
	switch f := fault.As(o.Err); {
	case o.Err == nil:
		return s.update(ctx, tx, `
			UPDATE adjustments SET state = $3, transaction = $4, refusal_reason = NULL, refusal = NULL
			WHERE ledger_id = $1 AND adjustment = $2`, id, adjustment.Booked, o.Result.Leaves[0].Header().Sequence)
	case fault.Is(o.Err, fault.ReasonHandsMissing): // the next approval asks again
		why := adjustment.RefusedBy(f)
		return s.update(ctx, tx, refused, id, adjustment.Approved, why.Reason, why.Sentence)
	case adjustment.Final(o.Err):
		why := adjustment.RefusedBy(f)
		return s.update(ctx, tx, refused, id, adjustment.Refused, why.Reason, why.Sentence)
	}
	return fmt.Errorf("book adjustment: %w", o.Err)
}

// book books units under the lock on the head.
func (s *Adjustments) book(ctx context.Context, tx pgx.Tx, units ...book.Unit) ([]Outcome, error) {
	b, err := s.books.within(ctx, tx, units)
	if err != nil {
		return nil, err
	}
	return b.outcomes, nil
}

func (s *Adjustments) update(ctx context.Context, tx pgx.Tx, sql, id string, args ...any) error {
	if _, err := tx.Exec(ctx, sql, append([]any{s.ledger, id}, args...)...); err != nil {
		return fmt.Errorf("update adjustment: %w", err)
	}
	return nil
}

// decided is the unit that records a decision.
func decided(d leaf.Decision) (book.Unit, error) {
	return book.NewUnit([]book.Decision{{
		Reference: d.Reference, Kind: d.Kind, Resource: d.Resource, Person: d.Person, Day: d.Day, Commitment: d.Commitment,
	}}, nil, d.Day)
}
