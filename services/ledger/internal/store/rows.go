package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// rows are what the tables say of a stretch of the log. Leaves are given out as the
// tables have them, so that a row which somebody changed by hand no longer has the
// hash that is in the tree.
type rows struct {
	transactions map[int64]transactionRow
	entries      map[int64][]leaf.Entry
	decisions    map[int64]decisionRow
	closes       map[int64]closeRow
	wrong        map[int64]string // why the rows of a sequence are no leaf
}

// The columns are read as wide as the database has them: whatever somebody has
// put there must be reported, not fail to be read.
type transactionRow struct {
	kind               int16
	source             string
	occurredOn, booked pgtype.Date
	reverses           *int64
}

type decisionRow struct {
	kind             int16
	resource, person string
	day              pgtype.Date
}

type entryRow struct {
	leaf.Entry
	number, side int16
	currency     *string // of the account
}

// rowsOf reads the rows of count leaves from a sequence on.
func (s *Store) rowsOf(ctx context.Context, db postgres.Querier, first int64, count int) (rows, error) {
	r := rows{
		transactions: map[int64]transactionRow{}, entries: map[int64][]leaf.Entry{},
		decisions: map[int64]decisionRow{}, closes: map[int64]closeRow{}, wrong: map[int64]string{},
	}
	var sequence int64
	var t transactionRow
	var e entryRow
	var d decisionRow
	var c closeRow
	for _, table := range []struct {
		sql  string
		into []any
		keep func()
	}{
		{`SELECT sequence, kind, source, occurred_on, booking_date, reverses FROM transactions
			WHERE ledger_id = $1 AND sequence >= $2 AND sequence < $2 + $3`,
			[]any{&sequence, &t.kind, &t.source, &t.occurredOn, &t.booked, &t.reverses},
			func() { r.transactions[sequence] = t }},
		{`SELECT e.sequence, e.number, COALESCE(a.path, ''), a.currency, e.currency, e.side, e.amount, e.balance
			FROM entries e LEFT JOIN accounts a ON a.ledger_id = e.ledger_id AND a.account = e.account
			WHERE e.ledger_id = $1 AND e.sequence >= $2 AND e.sequence < $2 + $3 ORDER BY e.sequence, e.number`,
			[]any{&sequence, &e.number, &e.Account, &e.currency, &e.Currency, &e.side, &e.Amount, &e.Balance},
			func() { r.entry(sequence, e) }},
		{`SELECT sequence, kind, resource, person, day FROM decisions
			WHERE ledger_id = $1 AND sequence >= $2 AND sequence < $2 + $3`,
			[]any{&sequence, &d.kind, &d.resource, &d.person, &d.day},
			func() { r.decisions[sequence] = d }},
		{closeQuery(), c.into(&sequence), func() { r.closes[sequence] = c }},
	} {
		found, err := db.Query(ctx, table.sql, s.ledger, first, int64(count))
		if err != nil {
			return r, fmt.Errorf("read rows of leaves: %w", err)
		}
		if _, err := pgx.ForEachRow(found, table.into, func() error { table.keep(); return nil }); err != nil {
			return r, fmt.Errorf("read rows of leaves: %w", err)
		}
	}
	return r, nil
}

// entry takes the next row of a transaction's entries.
func (r rows) entry(sequence int64, e entryRow) {
	r.entries[sequence] = append(r.entries[sequence], e.Entry)
	n := len(r.entries[sequence])
	r.entries[sequence][n-1].Side = leaf.Side(e.side)
	switch {
	case int(e.number) != n:
		r.wrong[sequence] = "the rows of its entries are not numbered from 1"
	case e.currency == nil:
		r.wrong[sequence] = fmt.Sprintf("the account of its entry %d does not exist", n)
	case *e.currency != e.Currency:
		r.wrong[sequence] = fmt.Sprintf("the account of its entry %d has another currency", n)
	case e.side != int16(leaf.Debit) && e.side != int16(leaf.Credit):
		r.wrong[sequence] = fmt.Sprintf("its entry %d has no side", n)
	}
}

// asStored returns the canonical bytes of the leaf at a sequence as the rows have
// it, where leaves has the given reference and bytes. What makes no leaf any more
// is given out as a gap.
func (r rows) asStored(sequence int64, reference string, raw []byte) []byte {
	l, err := leaf.Decode(raw)
	if err != nil {
		return raw // it says so itself
	}
	t, isTransaction := r.transactions[sequence]
	d, isDecision := r.decisions[sequence]
	c, isClose := r.closes[sequence]
	var stored leaf.Leaf
	switch words := r.wrong[sequence]; {
	case words != "":
		return leaf.Gap(words)
	case reference != l.Reference():
		return leaf.Gap("the row of the leaf has another reference than its bytes")
	case isTransaction != (l.Transaction != nil):
		return leaf.Gap("the leaf and the table of transactions disagree about whether it is one")
	case isDecision != (l.Decision != nil):
		return leaf.Gap("the leaf and the table of decisions disagree about whether it is one")
	case isClose != (l.Close != nil):
		return leaf.Gap("the leaf and the table of periods disagree about whether it closes one")
	case isClose && c.wrong(l.Close) != "":
		return leaf.Gap(c.wrong(l.Close))
	case l.Transaction == nil && r.entries[sequence] != nil:
		return leaf.Gap("there are entries of it, though it is no transaction")
	case isTransaction:
		stored.Transaction, err = r.transaction(*l.Transaction, sequence, t)
	case isDecision:
		stored.Decision, err = d.decision(*l.Decision)
	default:
		return raw
	}
	if err == nil {
		stored, err := stored.AppendBinary(nil)
		if err == nil {
			return stored
		}
	}
	return leaf.Gap("what the rows say makes no leaf")
}

func (r rows) transaction(x leaf.Transaction, sequence int64, t transactionRow) (*leaf.Transaction, error) {
	x.Source, x.Entries = t.source, r.entries[sequence]
	switch {
	case t.reverses == nil:
		x.Reverses = nil
	case x.Reverses != nil:
		x.Reverses = &leaf.Link{Sequence: *t.reverses, Reference: x.Reverses.Reference}
	default:
		x.Reverses = &leaf.Link{Sequence: *t.reverses}
	}
	kind, err := kindNumber(t.kind)
	x.Kind = leaf.Kind(kind)
	if err == nil {
		x.OccurredOn, err = dayOf(t.occurredOn)
	}
	if err == nil {
		x.BookingDate, err = dayOf(t.booked)
	}
	return &x, err
}

func (d decisionRow) decision(x leaf.Decision) (*leaf.Decision, error) {
	kind, err := kindNumber(d.kind)
	x.Kind, x.Resource, x.Person = leaf.DecisionKind(kind), d.resource, d.person
	if err == nil {
		x.Day, err = dayOf(d.day)
	}
	return &x, err
}

// kindNumber narrows the number of a kind, which the encoder then checks.
func kindNumber(n int16) (uint8, error) {
	if n < 0 || n > 255 {
		return 0, fmt.Errorf("%d is no kind", n)
	}
	return uint8(n), nil
}

// dayOf narrows a date to the days that a leaf can hold.
func dayOf(d pgtype.Date) (leaf.Day, error) {
	day := leaf.DayOf(d.Time)
	if !d.Valid || d.InfinityModifier != pgtype.Finite || !day.Time().Equal(d.Time) {
		return 0, fmt.Errorf("%v is no day", d.Time)
	}
	return day, nil
}
