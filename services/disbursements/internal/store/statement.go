package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Statement is what is kept of a bank statement.
type Statement struct {
	ID           string
	Sender       string
	BankID       string
	Currency     string
	SHA256       []byte `db:"sha256"`
	Notification bool
	Opening      int64
	Closing      int64
	Sequence     int64
	ClosedOn     string
	State        statement.State
	ImportedBy   string
	ConfirmedBy  string
	CreatedAt    time.Time
	// Gap is what is missing before it; its state is empty where nothing is.
	GapState                          statement.GapState
	GapDifference                     int64
	GapReason, GapProposed, GapPassed string
	GapPosted                         bool
	Lines                             int32
	Settled                           int32
	Returned                          int32
	Unmatched                         int32
	// Uncompared are the payments that it settles of which no message of the bank has
	// named the account.
	Uncompared int32
	// Fetchers are those who fetched a payment file that it tells of.
	Fetchers []string `db:"-"`
}

// Standing is what decides who may do something with the statement.
func (s Statement) Standing() statement.Standing {
	return statement.Standing{
		State: s.State, ImportedBy: s.ImportedBy, Fetchers: s.Fetchers, Taken: s.CreatedAt, Gap: s.GapState, GapProposedBy: s.GapProposed,
	}
}

// statementState tells where a statement stands.
const statementState = `CASE WHEN s.confirmed_by IS NULL THEN 'WAITING' ELSE 'CONFIRMED' END`

// gapState tells where what is missing before a statement stands, ” where nothing is.
const gapState = `COALESCE((SELECT g.state FROM statement_gaps g WHERE g.statement_id = s.id AND g.state <> 'FILLED'), '')`

const statementColumns = `
	SELECT s.id, s.sender, s.bank_id, s.currency, s.sha256, s.notification, s.opening, s.closing, s.sequence, s.closed_on,
		` + statementState + ` AS state, s.imported_by, COALESCE(s.confirmed_by, '') AS confirmed_by, s.created_at,
		COALESCE(g.state, '') AS gap_state, COALESCE(g.difference, 0) AS gap_difference, COALESCE(g.reason, '') AS gap_reason,
		COALESCE(g.proposed_by, '') AS gap_proposed, COALESCE(g.passed_by, '') AS gap_passed, g.posted_at IS NOT NULL AS gap_posted,
		l.lines, l.settled, l.returned, l.unmatched, (
			SELECT COUNT(*)::int FROM statement_lines d JOIN meant_accounts m ON m.payment_id = d.payment_id AND m.number = d.attempt
			WHERE d.statement_id = s.id AND NOT d.credit AND d.effect IN ('SETTLES', 'REPEATS') AND m.paid = 'UNKNOWN') AS uncompared
	FROM statements s LEFT JOIN statement_gaps g ON g.statement_id = s.id AND g.state <> 'FILLED'
	CROSS JOIN LATERAL (
		SELECT COUNT(*)::int AS lines, (COUNT(*) FILTER (WHERE effect = 'SETTLES'))::int AS settled,
			(COUNT(*) FILTER (WHERE effect = 'RETURNS'))::int AS returned,
			(COUNT(*) FILTER (WHERE effect = 'UNMATCHED'))::int AS unmatched
		FROM statement_lines l WHERE l.statement_id = s.id) l `

// Statement reads one statement.
func (s *Store) Statement(ctx context.Context, id string) (Statement, error) {
	st, err := one[Statement](ctx, s.db.Pool, "statement", statementColumns+`WHERE s.id = $1`, id)
	if err != nil {
		return st, err
	}
	return withFetchers(ctx, s.db.Pool, st)
}

// StatementsOf reads the statements with the given ids, in the order of the ids.
func (s *Store) StatementsOf(ctx context.Context, ids []string) ([]Statement, error) {
	list, err := many[Statement](ctx, s.db.Pool, "statements", statementColumns+`
		WHERE s.id = ANY($1) ORDER BY array_position($1, s.id)`, ids)
	if err != nil {
		return nil, err
	}
	return list, addFetchers(ctx, s.db.Pool, list)
}

// Statements lists statements, newest import first.
func (s *Store) Statements(ctx context.Context, p page.Page) ([]Statement, error) {
	all, err := list[Statement](ctx, s, "statements", statementColumns, statementList(), p)
	if err != nil {
		return nil, err
	}
	return all, addFetchers(ctx, s.db.Pool, all)
}

func withFetchers(ctx context.Context, q postgres.Querier, st Statement) (Statement, error) {
	all := []Statement{st}
	err := addFetchers(ctx, q, all)
	return all[0], err
}

// addFetchers adds who fetched the payment files that each statement of a list tells of.
func addFetchers(ctx context.Context, q postgres.Querier, list []Statement) error {
	index := indexed(list, func(s Statement) string { return s.ID })
	return each(ctx, q, "fetchers", func(f fetcherRow) {
		s := &list[index.of[f.StatementID]]
		s.Fetchers = append(s.Fetchers, f.Person)
	}, `
		SELECT DISTINCT l.statement_id, d.downloaded_by AS person
		FROM statement_lines l JOIN attempts a ON a.payment_id = l.payment_id AND a.number = l.attempt
		JOIN file_downloads d ON d.file_id = a.file_id
		WHERE l.statement_id = ANY($1) AND d.downloaded_by IS NOT NULL ORDER BY 1, 2`, index.ids)
}

type fetcherRow struct{ StatementID, Person string }

// ConfirmStatement notes that a second person has a statement from the bank as well.
func (s *Store) ConfirmStatement(ctx context.Context, id, person string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		st, err := lockStatement(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if err := st.Standing().May(statement.Confirm, person, s.now()); err != nil {
			return "", err
		}
		err = exec(ctx, tx, "confirm statement", `UPDATE statements SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1`, id, person, s.now())
		if postgres.Violates(err, "statements_other_person") {
			return "", fault.SamePerson("confirm a statement that they imported").With(err)
		}
		return id, err
	})
	return err
}

func lockStatement(ctx context.Context, tx pgx.Tx, id string) (Statement, error) {
	st, err := one[Statement](ctx, tx, "statement", statementColumns+`WHERE s.id = $1 FOR UPDATE OF s`, id)
	if err != nil {
		return st, err
	}
	return withFetchers(ctx, tx, st)
}
