package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Statement is what is kept of a bank statement.
type Statement struct {
	ID        string
	Sender    string
	BankID    string
	Currency  string
	SHA256    []byte `db:"sha256"`
	Opening   int64
	Closing   int64
	Lines     int32
	Settled   int32
	Returned  int32
	Unmatched int32
	CreatedAt time.Time
}

// ImportStatements keeps the statements of one file that a person imports, all or
// none, and what they mean for payments. What follows for ledger and families is
// owed. It returns their ids, and whether all of them had been there before. One that
// was there before stays with who imported it first.
func (s *Store) ImportStatements(ctx context.Context, person string, sha256 []byte, list []statement.Statement) (ids []string, replayed bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		ids, replayed = nil, true
		for _, st := range list {
			id, known, err := s.importStatement(ctx, tx, person, sha256, st)
			if err != nil {
				return err
			}
			ids, replayed = append(ids, id), replayed && known
		}
		return postgres.ReplayWrite(ctx, tx)
	})
	return ids, replayed, err
}

func (s *Store) importStatement(ctx context.Context, tx pgx.Tx, person string, sha256 []byte, st statement.Statement) (id string, known bool, err error) {
	// Two imports for one sender follow each other: the second sees the statement of
	// the first.
	if _, err := tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtextextended('statements/' || $1, 0))`, st.Sender); err != nil {
		return "", false, fmt.Errorf("lock sender's statements: %w", err)
	}
	said := st.Digest()
	content := s.digested(string(said[:]))
	id, err = knownStatement(ctx, tx, sha256, content, st)
	if err != nil || id != "" {
		return id, true, err
	}
	previous, err := previousStatement(ctx, tx, st)
	if err != nil {
		return "", false, err
	}
	id = resource.NewID(resource.KindStatement)
	if _, err := tx.Exec(ctx, `
		INSERT INTO statements (id, sender, bank_id, currency, sha256, content, opening, closing, sequence, closed_on, previous,
			imported_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULLIF($11, ''), $12, $13)`,
		id, st.Sender, st.BankID, st.Currency, sha256, content, st.Opening, st.Closing, st.Sequence, st.ClosedOn, previous,
		person, s.now()); err != nil {
		return "", false, fmt.Errorf("insert statement: %w", err)
	}
	m := &matching{store: s, tx: tx, statementID: id, statement: st}
	return id, false, m.all(ctx)
}

// previousStatement finds the statement that st follows, "" where st is the first
// of its sender.
func previousStatement(ctx context.Context, tx pgx.Tx, st statement.Statement) (id string, err error) {
	var last statement.Tail
	err = tx.QueryRow(ctx, `
		SELECT s.id, s.closing, s.sequence, s.closed_on FROM statements s
		WHERE s.sender = $1 AND NOT EXISTS (SELECT 1 FROM statements n WHERE n.previous = s.id)`,
		st.Sender).Scan(&id, &last.Closing, &last.Sequence, &last.ClosedOn)
	switch {
	case postgres.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read last statement: %w", err)
	}
	return id, st.Follows(last)
}

// knownStatement finds a statement that was taken in before, "" where there is none.
// It is the same by what it says, or where the whole file is.
func knownStatement(ctx context.Context, tx pgx.Tx, sha256, content []byte, st statement.Statement) (id string, err error) {
	var same bool
	err = tx.QueryRow(ctx, `
		SELECT id, sha256 = $3 OR COALESCE(content = $4, false) FROM statements WHERE sender = $1 AND bank_id = $2`,
		st.Sender, st.BankID, sha256, content).Scan(&id, &same)
	switch {
	case postgres.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read earlier statement: %w", err)
	case !same:
		return "", fault.New(fault.AlreadyExists, fault.ReasonStatementConflict,
			"A statement with the same id but other content was taken in before; nothing was changed.")
	}
	return id, nil
}

const statementColumns = `
	SELECT s.id, s.sender, s.bank_id, s.currency, s.sha256, s.opening, s.closing, s.created_at,
		l.lines, l.settled, l.returned, l.unmatched
	FROM statements s CROSS JOIN LATERAL (
		SELECT COUNT(*)::int AS lines, (COUNT(*) FILTER (WHERE effect = 'SETTLES'))::int AS settled,
			(COUNT(*) FILTER (WHERE effect = 'RETURNS'))::int AS returned,
			(COUNT(*) FILTER (WHERE effect = 'UNMATCHED'))::int AS unmatched
		FROM statement_lines l WHERE l.statement_id = s.id) l `

// Statement reads one statement.
func (s *Store) Statement(ctx context.Context, id string) (Statement, error) {
	return one[Statement](ctx, s.db.Pool, "statement", statementColumns+`WHERE s.id = $1`, id)
}

// StatementsOf reads the statements with the given ids, in the order of the ids.
func (s *Store) StatementsOf(ctx context.Context, ids []string) ([]Statement, error) {
	return many[Statement](ctx, s.db.Pool, "statements", statementColumns+`
		WHERE s.id = ANY($1) ORDER BY array_position($1, s.id)`, ids)
}

// Statements lists statements, newest import first.
func (s *Store) Statements(ctx context.Context, p page.Page) ([]Statement, error) {
	return list[Statement](ctx, s, "statements", statementColumns, statementList(), p)
}

// Unmatched is a line that no attempt explains.
type Unmatched struct {
	ID          string
	StatementID string
	Sender      string
	Currency    string
	Minor       int64
	Credit      bool
	BookedOn    string
	BankCode    string
	Reason      string
	Posted      bool
	CreatedAt   time.Time
}

const unmatchedColumns = `
	SELECT u.id, u.statement_id, s.sender, s.currency, l.minor_units AS minor, l.credit,
		l.booked_on::text AS booked_on, l.bank_code, u.reason, u.posted_at IS NOT NULL AS posted, u.created_at
	FROM unmatched_lines u
	JOIN statement_lines l ON l.statement_id = u.statement_id AND l.number = u.number
	JOIN statements s ON s.id = u.statement_id `

// UnmatchedLine reads one unmatched line.
func (s *Store) UnmatchedLine(ctx context.Context, id string) (Unmatched, error) {
	return one[Unmatched](ctx, s.db.Pool, "unmatched line", unmatchedColumns+`WHERE u.id = $1`, id)
}

// UnmatchedLines lists unmatched lines, newest first.
func (s *Store) UnmatchedLines(ctx context.Context, p page.Page) ([]Unmatched, error) {
	return list[Unmatched](ctx, s, "unmatched lines", unmatchedColumns, unmatchedList(), p)
}

// NoteSuspense notes that the ledger holds a line as suspense.
func (s *Store) NoteSuspense(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE unmatched_lines SET posted_at = $2, created_at = date_trunc('day', created_at, 'UTC') WHERE id = $1 AND posted_at IS NULL`, id, s.now())
		return err
	})
}

// OwedSuspense lists unmatched lines whose posting is owed.
func (s *Store) OwedSuspense(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM unmatched_lines WHERE posted_at IS NULL AND created_at < $1 AND id > $2
		ORDER BY id LIMIT $3`, before, after, limit)
}
