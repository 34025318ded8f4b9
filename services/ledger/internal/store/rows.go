package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// rows are what the tables say of a stretch of the log. Leaves are given out as the
// tables have them, so that a row which somebody changed by hand no longer has the
// hash that is in the tree.
type rows struct {
	transactions map[int64]transactionRow
	entries      map[int64][]leaf.Entry
	decisions    map[int64]decisionRow
}

type transactionRow struct {
	kind               leaf.Kind
	source             string
	occurredOn, booked time.Time
	reverses           *int64
}

type decisionRow struct {
	kind             leaf.DecisionKind
	resource, person string
	day              time.Time
}

// rowsOf reads the rows of count leaves from a sequence on.
func (s *Store) rowsOf(ctx context.Context, first int64, count int) (rows, error) {
	r := rows{transactions: map[int64]transactionRow{}, entries: map[int64][]leaf.Entry{}, decisions: map[int64]decisionRow{}}
	var sequence int64
	var t transactionRow
	var e leaf.Entry
	var d decisionRow
	for _, table := range []struct {
		sql  string
		into []any
		keep func()
	}{
		{`SELECT sequence, kind, source, occurred_on, booking_date, reverses FROM transactions
			WHERE ledger_id = $1 AND sequence >= $2 AND sequence < $2 + $3`,
			[]any{&sequence, &t.kind, &t.source, &t.occurredOn, &t.booked, &t.reverses},
			func() { r.transactions[sequence] = t }},
		{`SELECT e.sequence, COALESCE(a.path, ''), e.currency, e.side, e.amount, e.balance
			FROM entries e LEFT JOIN accounts a ON a.ledger_id = e.ledger_id AND a.account = e.account
			WHERE e.ledger_id = $1 AND e.sequence >= $2 AND e.sequence < $2 + $3 ORDER BY e.sequence, e.number`,
			[]any{&sequence, &e.Account, &e.Currency, &e.Side, &e.Amount, &e.Balance},
			func() { r.entries[sequence] = append(r.entries[sequence], e) }},
		{`SELECT sequence, kind, resource, person, day FROM decisions
			WHERE ledger_id = $1 AND sequence >= $2 AND sequence < $2 + $3`,
			[]any{&sequence, &d.kind, &d.resource, &d.person, &d.day},
			func() { r.decisions[sequence] = d }},
	} {
		found, err := s.db.Pool.Query(ctx, table.sql, s.ledger, first, int64(count))
		if err != nil {
			return r, fmt.Errorf("read rows of leaves: %w", err)
		}
		if _, err := pgx.ForEachRow(found, table.into, func() error { table.keep(); return nil }); err != nil {
			return r, fmt.Errorf("read rows of leaves: %w", err)
		}
	}
	return r, nil
}

// asStored returns a leaf's canonical bytes as the rows have it. What makes no leaf
// any more gets a byte too many, which no reader takes.
func (r rows) asStored(raw []byte) []byte {
	damaged := append(append([]byte(nil), raw...), 0)
	l, err := leaf.Decode(raw)
	if err != nil {
		return raw // it says so itself
	}
	sequence := l.Header().Sequence
	t, isTransaction := r.transactions[sequence]
	d, isDecision := r.decisions[sequence]
	var stored []byte
	switch {
	case isTransaction != (l.Transaction != nil), isDecision != (l.Decision != nil):
		return damaged
	case isTransaction:
		stored, err = r.transaction(*l.Transaction, t).AppendBinary(nil)
	case isDecision:
		x := *l.Decision
		x.Kind, x.Resource, x.Person, x.Day = d.kind, d.resource, d.person, leaf.DayOf(d.day)
		stored, err = x.AppendBinary(nil)
	default:
		return raw // a period's close, which stands in no table of its own
	}
	if err != nil {
		return damaged
	}
	return stored
}

func (r rows) transaction(x leaf.Transaction, t transactionRow) *leaf.Transaction {
	x.Kind, x.Source = t.kind, t.source
	x.OccurredOn, x.BookingDate = leaf.DayOf(t.occurredOn), leaf.DayOf(t.booked)
	x.Entries = r.entries[x.Sequence]
	switch {
	case t.reverses == nil:
		x.Reverses = nil
	case x.Reverses != nil:
		x.Reverses = &leaf.Link{Sequence: *t.reverses, Reference: x.Reverses.Reference}
	default:
		x.Reverses = &leaf.Link{Sequence: *t.reverses}
	}
	return &x
}
