package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Taken is what became of the statements of a file.
type Taken struct {
	// IDs are those of the statements that are here now, in the file's order.
	IDs []string
	// Replayed is true where all of them had been there before.
	Replayed bool
	// Refused are those that contradict others; they stand in nobody's way.
	Refused []statement.Refused
	// Other is how many payments went to another account than was meant.
	Other int
}

// ImportStatements keeps the statements of one file that a person imports, and what they
// mean for payments. What follows for ledger and families is owed. One that contradicts
// others is left out, and named; a file of such alone is refused. One that was there
// before stays with who imported it first.
func (s *Store) ImportStatements(ctx context.Context, person string, sha256 []byte, list []statement.Statement) (taken Taken, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		taken = Taken{Replayed: true}
		for _, st := range list {
			id, known, other, err := s.importStatement(ctx, tx, importing{person: person, sha256: sha256, statement: st})
			if f := fault.As(err); f != nil && f.Reason == fault.ReasonStatementConflict {
				taken.Refused = append(taken.Refused, statement.Refused{Line: st.At, Fault: f})
				continue
			}
			if err != nil {
				return err
			}
			if !slices.Contains(taken.IDs, id) {
				taken.IDs = append(taken.IDs, id)
			}
			taken.Replayed, taken.Other = taken.Replayed && known, taken.Other+other
		}
		if len(taken.IDs) == 0 && len(taken.Refused) > 0 {
			return taken.Refused[0].Fault
		}
		return postgres.ReplayWrite(ctx, tx)
	})
	return taken, err
}

// importing is a statement on its way in.
type importing struct {
	person    string
	sha256    []byte
	statement statement.Statement
	content   []byte
	place     statement.Place
}

func (s *Store) importStatement(ctx context.Context, tx pgx.Tx, in importing) (id string, known bool, other int, err error) {
	// Two imports for one sender follow each other: the second sees the statement of
	// the first.
	if _, err := tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtextextended('statements/' || $1, 0))`, in.statement.Sender); err != nil {
		return "", false, 0, fmt.Errorf("lock sender's statements: %w", err)
	}
	said := in.statement.Digest()
	in.content = s.digested(string(said[:]))
	id, err = knownStatement(ctx, tx, in)
	if err != nil || id != "" {
		return id, true, 0, err
	}
	if in.place = (statement.Place{Statement: in.statement}); !in.statement.Notification {
		if id, err = s.place(ctx, tx, &in); err != nil || id != "" {
			return id, true, 0, err
		}
	}
	if id, err = s.insertStatement(ctx, tx, in); err != nil {
		return "", false, 0, err
	}
	m := &matching{store: s, tx: tx, statementID: id, statement: in.place.Statement}
	err = m.all(ctx)
	return id, false, m.other, err
}

// knownStatement finds a statement that says the same, "" where there is none.
func knownStatement(ctx context.Context, tx pgx.Tx, in importing) (string, error) {
	id, err := postgres.One(ctx, tx, "statement", pgx.RowTo[string], `
		SELECT id FROM statements WHERE sender = $1 AND content = $2`, in.statement.Sender, in.content)
	if fault.OfKind(err, fault.NotFound) {
		return "", nil
	}
	return id, err
}

// keptRow is a statement of a series, with those of its lines that another one has, too.
type keptRow struct {
	statement.Kept
	Said [][]byte
}

// place finds where a statement belongs, and what of it is new; it returns the id of the
// statement that says most of it where nothing is.
func (s *Store) place(ctx context.Context, tx pgx.Tx, in *importing) (knownID string, err error) {
	said := s.allDigested(in.statement.Said())
	rows, err := many[keptRow](ctx, tx, "series of statements", `
		SELECT s.id, s.bank_id, s.opening, s.closing, s.sequence, s.closed_on, `+gapState+` <> '' AS gap,
			CASE WHEN s.said && $2 THEN s.said ELSE '{}' END AS said
		FROM statements s WHERE s.sender = $1 AND NOT s.notification ORDER BY s.position`, in.statement.Sender, said)
	if err != nil {
		return "", err
	}
	series, known, most := make([]statement.Kept, len(rows)), map[string]int{}, 0
	for i, r := range rows {
		series[i] = r.Kept
		for _, d := range r.Said {
			known[string(d)]++
		}
	}
	var fresh []statement.Line
	for i, l := range in.statement.Lines {
		if known[string(said[i])]--; known[string(said[i])] < 0 {
			fresh = append(fresh, l)
		}
	}
	in.place, err = statement.Find(series, in.statement, fresh)
	if err != nil || !in.place.Known {
		return "", err
	}
	for _, r := range rows {
		if n := 1 + len(r.Said); n > most && (len(r.Said) > 0 || r.ClosedOn == in.statement.ClosedOn) {
			knownID, most = r.ID, n
		}
	}
	if knownID == "" {
		return "", errors.New("a known statement is not there")
	}
	return knownID, nil
}

// insertStatement keeps a statement at its place, and what is missing around it.
func (s *Store) insertStatement(ctx context.Context, tx pgx.Tx, in importing) (string, error) {
	id, st := resource.NewID(resource.KindStatement), in.place.Statement
	said := s.allDigested(st.Said())
	slices.SortFunc(said, slices.Compare[[]byte])
	if said == nil {
		said = [][]byte{}
	}
	var position *int
	if !st.Notification {
		position = new(in.place.At + 1)
		if _, err := tx.Exec(ctx, `
			UPDATE statements SET position = position + 1 WHERE sender = $1 AND position >= $2`, st.Sender, *position); err != nil {
			return "", fmt.Errorf("make room for statement: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO statements (id, sender, bank_id, currency, sha256, content, said, notification, opening, closing, sequence, closed_on,
			position, imported_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		id, st.Sender, st.BankID, st.Currency, in.sha256, in.content, said, st.Notification, st.Opening, st.Closing, st.Sequence, st.ClosedOn,
		position, in.person, s.now()); err != nil {
		return "", fmt.Errorf("insert statement: %w", err)
	}
	if st.Notification {
		return id, nil
	}
	return id, s.keepGaps(ctx, tx, id, in.place)
}
