package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// keepGaps notes what is missing before a statement that has just been inserted, and
// what now is before the next one. What was missing there before has come: the ledger is
// owed its difference back, where two people had passed it over.
func (s *Store) keepGaps(ctx context.Context, tx pgx.Tx, id string, p statement.Place) error {
	next, err := postgres.Many(ctx, tx, "next statement", pgx.RowTo[string], `
		SELECT id FROM statements WHERE sender = $1 AND position = $2`, p.Statement.Sender, p.At+2)
	if err != nil {
		return err
	}
	for _, n := range next {
		if err := s.fillGap(ctx, tx, n); err != nil {
			return err
		}
		if p.GapAfter {
			if err := s.openGap(ctx, tx, n, p.DifferenceAfter); err != nil {
				return err
			}
		}
	}
	if !p.Gap {
		return nil
	}
	return s.openGap(ctx, tx, id, p.Difference)
}

// openGap notes that something is missing before a statement.
func (s *Store) openGap(ctx context.Context, tx pgx.Tx, statementID string, difference int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO statement_gaps (id, statement_id, state, difference, day, created_at)
		SELECT $1, n.id, 'OPEN', $3, CASE WHEN b.closed_on = '' THEN ($4::timestamptz AT TIME ZONE 'UTC')::date ELSE b.closed_on::date END, date_trunc('day', $4::timestamptz, 'UTC')
		FROM statements n JOIN statements b ON b.sender = n.sender AND b.position = n.position - 1 WHERE n.id = $2`,
		resource.NewID(resource.KindStatementGap), statementID, difference, s.now())
	if err != nil {
		return fmt.Errorf("note gap: %w", err)
	}
	return nil
}

// fillGap ends what was missing before a statement: something has come.
func (s *Store) fillGap(ctx context.Context, tx pgx.Tx, statementID string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM statement_gaps WHERE statement_id = $1 AND state IN ('OPEN', 'PROPOSED')`, statementID); err != nil {
		return fmt.Errorf("end gap: %w", err)
	}
	filled, err := postgres.Many(ctx, tx, "gap to fill", pgx.RowTo[string], `
		UPDATE statement_gaps SET state = 'FILLED', filled_at = $2::timestamptz, created_at = $2::timestamptz WHERE statement_id = $1 AND state = 'PASSED' RETURNING id`,
		statementID, s.now())
	for _, id := range filled {
		if err := s.queue.Enqueue(ctx, tx, DutyGap, id); err != nil {
			return err
		}
	}
	return err
}

// Pass is one of the two hands that pass over a gap.
type Pass struct {
	StatementID, Person, Reason string
	// Difference is what the person looked at, in minor units of Currency.
	Difference int64
	Currency   string
}

// PassGap proposes to pass over what is missing before a statement, or does it where
// somebody else has proposed it. Then its difference is owed to the ledger.
func (s *Store) PassGap(ctx context.Context, p Pass) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		st, err := lockStatement(ctx, tx, p.StatementID)
		if err != nil {
			return "", err
		}
		if err := st.mayPass(p, s.now()); err != nil {
			return "", err
		}
		if st.GapState == statement.GapOpen {
			return p.StatementID, exec(ctx, tx, "propose to pass gap", `
				UPDATE statement_gaps SET state = 'PROPOSED', reason = $2, proposed_by = $3 WHERE statement_id = $1 AND state = 'OPEN'`,
				p.StatementID, p.Reason, p.Person)
		}
		return p.StatementID, s.pass(ctx, tx, p)
	})
	return err
}

func (s Statement) mayPass(p Pass, now time.Time) error {
	if err := s.Standing().May(statement.PassGap, p.Person, now); err != nil {
		return err
	}
	switch {
	case p.Difference != s.GapDifference || p.Currency != s.Currency:
		return fault.New(fault.Precondition, fault.ReasonStatementGap, "What is missing before the statement is not what you looked at.")
	case s.GapState == statement.GapProposed && p.Reason != s.GapReason:
		return fault.Field("reason", fault.FieldNotPossible, "must be the reason of who proposed it")
	}
	return nil
}

func (s *Store) pass(ctx context.Context, tx pgx.Tx, p Pass) error {
	id, err := postgres.One(ctx, tx, "gap", pgx.RowTo[string], `
		UPDATE statement_gaps SET state = 'PASSED', passed_by = $2, created_at = $3::timestamptz WHERE statement_id = $1 AND state = 'PROPOSED' RETURNING id`,
		p.StatementID, p.Person, s.now())
	switch {
	case postgres.Violates(err, "statement_gaps_other_person"):
		return fault.SamePerson("pass over a gap alone").With(err)
	case err != nil:
		return err
	}
	return s.queue.Enqueue(ctx, tx, DutyGap, id)
}

// Gap is what the ledger is told about a gap that two people passed over.
type Gap struct {
	ID, StatementID, Sender, Currency string
	Difference                        int64
	Day                               string
	// Posted, Filled and Returned say how far it is: held as suspense, no longer missing,
	// and no longer held.
	Posted, Filled, Returned bool
}

// Gap reads what is owed about a gap.
func (s *Store) Gap(ctx context.Context, id string) (Gap, error) {
	return one[Gap](ctx, s.db.Pool, "gap", `
		SELECT g.id, g.statement_id, s.sender, s.currency, g.difference, g.day::text AS day, g.posted_at IS NOT NULL AS posted,
			g.state = 'FILLED' AS filled, g.returned_at IS NOT NULL AS returned
		FROM statement_gaps g JOIN statements s ON s.id = g.statement_id WHERE g.id = $1 AND g.state IN ('PASSED', 'FILLED')`, id)
}

// NoteGap notes that the ledger holds a gap's difference as suspense and, with returned,
// that it no longer does.
func (s *Store) NoteGap(ctx context.Context, id string, returned bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE statement_gaps SET posted_at = COALESCE(posted_at, $2::date), returned_at = CASE WHEN $3 THEN COALESCE(returned_at, $2::date) END,
				created_at = CASE WHEN state = 'PASSED' OR $3 THEN date_trunc('day', created_at, 'UTC') ELSE created_at END
			WHERE id = $1`, id, s.now(), returned)
		return err
	})
}

// OwedGaps lists gaps about which the ledger is owed a booking.
func (s *Store) OwedGaps(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM statement_gaps WHERE created_at < $1 AND id > $2
			AND (state = 'PASSED' AND posted_at IS NULL OR state = 'FILLED' AND returned_at IS NULL)
		ORDER BY id LIMIT $3`, before, after, limit)
}
