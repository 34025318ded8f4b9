package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// Periods keeps the closes of one ledger's periods. What closes a period in the
// books is a unit of the Committer.
type Periods struct {
	db     *postgres.DB
	ledger int16
	books  *Store
}

// NewPeriods returns the store of a ledger's closes.
func NewPeriods(s *Store) *Periods { return &Periods{db: s.db, ledger: s.ledger, books: s} }

// Repeated returns what an earlier call with the same key has answered, and
// whether there was one: what was compared then is not compared again.
func (s *Periods) Repeated(ctx context.Context) (id string, repeated bool, err error) {
	return idempotency.Earlier(ctx, s.db)
}

// Propose stores a proposal and its decision, and returns its id, that of the first call
// where this one repeats it. The fault PROPOSAL_OPEN says that another one waits.
func (s *Periods) Propose(ctx context.Context, c period.Close) (string, error) {
	review, err := json.Marshal(reviewOf(c.Review))
	if err != nil {
		return "", fmt.Errorf("encode review: %w", err)
	}
	proposed, err := decided(c.Proposal())
	if err != nil {
		return "", err
	}
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := tx.Exec(ctx, `
			INSERT INTO periods (ledger_id, period, first_day, last_day, state, proposer, proposed_on, size, accounts, trial_balance, review)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			s.ledger, c.ID, c.First.Time(), c.Last.Time(), period.Proposed, c.Proposer, c.ProposedOn.Time(),
			c.Size, c.Review.Accounts, c.Review.TrialBalance[:], review)
		if postgres.Violates(err, "periods_one_proposal") {
			return "", fault.New(fault.Precondition, fault.ReasonProposalOpen, "Another close is proposed: confirm or reject it first.").With(err)
		}
		if err != nil {
			return "", fmt.Errorf("store close: %w", err)
		}
		b, err := s.books.within(ctx, tx, []book.Unit{proposed})
		if err != nil {
			return "", err
		}
		return c.ID, b.outcomes[0].Err
	})
}

// Confirmed notes that a call has been answered with a close that the books hold:
// its repeats get the same.
func (s *Periods) Confirmed(ctx context.Context, id string) error {
	_, err := idempotency.Once(ctx, s.db, func(context.Context, pgx.Tx) (string, error) { return id, nil })
	return err
}

// Reject notes that a person rejected a proposal, or withdrew their own.
func (s *Periods) Reject(ctx context.Context, id, person string, today leaf.Day) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		c, err := s.read(ctx, tx, id, "FOR UPDATE")
		if err != nil {
			return "", err
		}
		if err := c.May(period.RejectClose, person); err != nil {
			return "", err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE periods SET state = $3, decider = $4, decided_on = $5 WHERE ledger_id = $1 AND period = $2`,
			s.ledger, id, period.Rejected, person, today.Time()); err != nil {
			return "", fmt.Errorf("reject close: %w", err)
		}
		return id, nil
	})
	return err
}
