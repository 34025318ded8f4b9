package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Adjustments keeps the adjustments of one ledger.
type Adjustments struct {
	db     *postgres.DB
	ledger int16
	queue  *duty.Queue
}

// NewAdjustments returns the store of a ledger's adjustments.
func NewAdjustments(s *Store, queue *duty.Queue) *Adjustments {
	return &Adjustments{db: s.db, ledger: s.ledger, queue: queue}
}

// Propose stores a new adjustment and owes its decision to the log. It returns
// the id, that of the first call where this one repeats it.
func (s *Adjustments) Propose(ctx context.Context, a adjustment.Adjustment) (string, error) {
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := tx.Exec(ctx, `
			INSERT INTO adjustments (ledger_id, adjustment, kind, debit_account, credit_account, amount, currency,
				occurred_on, evidence_sha256, state, proposer, proposed_on)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			s.ledger, a.ID, a.Kind, a.Debit, a.Credit, a.Amount.MinorUnits, a.Amount.Currency,
			a.OccurredOn.Time(), a.Evidence[:], adjustment.Proposed, a.Proposer, a.ProposedOn.Time())
		if err != nil {
			return "", fmt.Errorf("store adjustment: %w", err)
		}
		return a.ID, s.owe(ctx, tx, a.ProposedOn, a.Decisions())
	})
}

// Decide notes that a person approved or rejected an adjustment. An approval owes
// its decision to the log and the booking to the books.
func (s *Adjustments) Decide(ctx context.Context, id, person string, to adjustment.State, today leaf.Day) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		a, err := s.read(ctx, tx, id, "FOR UPDATE")
		if err != nil {
			return "", err
		}
		again := a.State == adjustment.Approved && to == adjustment.Approved // a large one needs further approvals
		if err := adjustment.Move(a.State, to); err != nil && !again {
			return "", err
		}
		if a.Proposer == person {
			return "", fault.SamePerson("propose an adjustment and decide about it")
		}
		if again {
			return id, s.approveAgain(ctx, tx, a, adjustment.Approval{Person: person, On: today})
		}
		a.State, a.Decider, a.DecidedOn = to, person, today
		if _, err := tx.Exec(ctx, `
			UPDATE adjustments SET state = $3, decider = $4, decided_on = $5
			WHERE ledger_id = $1 AND adjustment = $2`,
			s.ledger, id, to, person, a.DecidedOn.Time()); err != nil {
			return "", fmt.Errorf("decide adjustment: %w", err)
		}
		if to == adjustment.Rejected {
			return id, nil
		}
		if err := s.owe(ctx, tx, a.DecidedOn, a.Decisions()); err != nil {
			return "", err
		}
		return id, s.queue.Enqueue(ctx, tx, adjustment.Duty, id)
	})
	return err
}

// approveAgain notes a further approval of an adjustment that may lack hands, and owes
// it as the first one does. One person approves once a day.
func (s *Adjustments) approveAgain(ctx context.Context, tx pgx.Tx, a adjustment.Adjustment, further adjustment.Approval) error {
	if a.Decider != further.Person || a.DecidedOn != further.On {
		tag, err := tx.Exec(ctx, `
			INSERT INTO adjustment_approvals (ledger_id, adjustment, person, day) VALUES ($1, $2, $3, $4)
			ON CONFLICT (ledger_id, adjustment, person, day) DO NOTHING`, s.ledger, a.ID, further.Person, further.On.Time())
		if err != nil {
			return fmt.Errorf("approve adjustment again: %w", err)
		}
		if tag.RowsAffected() > 0 {
			a.Further = append(a.Further, further)
		}
	}
	if err := s.owe(ctx, tx, further.On, a.Decisions()); err != nil {
		return err
	}
	return s.queue.Enqueue(ctx, tx, adjustment.Duty, a.ID)
}

func (s *Adjustments) owe(ctx context.Context, tx pgx.Tx, on leaf.Day, decisions []leaf.Decision) error {
	for _, d := range decisions {
		err := decision.Owe(ctx, tx, s.queue.Enqueue, on.Time(), decision.Decision{
			Reference: d.Reference, Kind: d.Kind.String(), Resource: d.Resource,
			Person: d.Person, Day: d.Day.String(), Commitment: d.Commitment[:],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Booked notes that an approved adjustment was booked at a sequence. It does
// nothing to one that is finished.
func (s *Adjustments) Booked(ctx context.Context, id string, sequence int64) error {
	return s.finish(ctx, `
		UPDATE adjustments SET state = $3, transaction = $5
		WHERE ledger_id = $1 AND adjustment = $2 AND state = $4`, id, adjustment.Booked, sequence)
}

// Refused notes that the books refused an approved adjustment for good, and why. It
// does nothing to one that is finished.
func (s *Adjustments) Refused(ctx context.Context, id string, why adjustment.Refusal) error {
	return s.finish(ctx, `
		UPDATE adjustments SET state = $3, refusal_reason = $5, refusal = $6
		WHERE ledger_id = $1 AND adjustment = $2 AND state = $4`, id, adjustment.Refused, why.Reason, why.Sentence)
}

func (s *Adjustments) finish(ctx context.Context, sql, id string, to adjustment.State, args ...any) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sql, append([]any{s.ledger, id, to, adjustment.Approved}, args...)...); err != nil {
			return fmt.Errorf("finish adjustment: %w", err)
		}
		return nil
	})
}

// Owed returns adjustments that owe their booking, by id after the given one, however
// long: the ledger knows days only, and booking tolerates running twice.
func (s *Adjustments) Owed(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "owed adjustments", pgx.RowTo[string], `
		SELECT adjustment FROM adjustments
		WHERE ledger_id = $1 AND state = $2 AND adjustment > $3 ORDER BY adjustment LIMIT $4`,
		s.ledger, adjustment.Approved, after, limit)
}
