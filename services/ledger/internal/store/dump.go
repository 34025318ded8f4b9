package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

const (
	// dumpTime bounds the reading of all books, whoever takes them slowly.
	dumpTime = 10 * time.Minute
	// dumpReads bounds how many read all books at the same time: each keeps the
	// database busy and holds on to a connection.
	dumpReads = 2
	// dumpRetry is the hint to whoever comes on top of those.
	dumpRetry = 10 * time.Second
)

// Dump calls fn with what the tables beside the leaves say as of a size, all read at
// one moment: the head; what is wrong with rows that no other row shows; every balance
// and every total by day, less what was booked from that size on. fn must not keep
// what it gets. Fault Exhausted, reason TOO_MANY_READS, while others read.
func (s *Store) Dump(ctx context.Context, size int64, fn func(tables.Record) error) error {
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	default:
		f := fault.New(fault.Exhausted, fault.ReasonTooManyReads, "Others are reading all books; try again.")
		f.RetryAfter = dumpRetry
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, dumpTime)
	defer cancel()
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		d := dump{store: s, tx: tx, size: size, fn: fn}
		for _, read := range []func(context.Context) error{d.head, d.check, d.balances, d.days} {
			if err := read(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read books: %w", err)
	}
	return nil
}

// dump reads all tables as of a size.
type dump struct {
	store *Store
	tx    pgx.Tx
	size  int64
	fn    func(tables.Record) error

	at       tables.Head // as its row says
	accounts int64       // as its row says
	lost     bool        // there is no head
}

func (d *dump) wrong(format string, args ...any) error {
	return d.fn(tables.Record{Wrong: fmt.Sprintf(format, args...)})
}

// head gives the head, with the first open day as of the size, which is that of
// now unless a period was closed later.
func (d *dump) head(ctx context.Context) error {
	var root []byte
	var open *string
	err := d.tx.QueryRow(ctx, `SELECT name, size, root, accounts, open_from::text FROM head WHERE ledger_id = $1`, d.store.ledger).
		Scan(&d.at.Ledger, &d.at.Size, &root, &d.accounts, &open)
	if postgres.IsNotFound(err) {
		d.lost = true
		return d.wrong("the head of the ledger is not there")
	}
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	copy(d.at.Root[:], root)
	if open != nil {
		d.at.Open = *open
	}
	closed, err := d.tail(ctx)
	if err != nil {
		return fmt.Errorf("tail: %w", err)
	}
	if closed != 0 {
		if open == nil || *open != (closed+1).String() {
			err = d.wrong("the head's first open day is %q, but the last period ended on %s", d.at.Open, closed)
		}
		d.at.Open = tables.Later
	}
	if err != nil {
		return err
	}
	return d.fn(tables.Record{Head: &d.at})
}

// balances gives what was booked on each account.
func (d *dump) balances(ctx context.Context) error {
	rows, err := d.tx.Query(ctx, `
		WITH later AS (
			SELECT account, SUM(amount) FILTER (WHERE side = 1) AS debits, SUM(amount) FILTER (WHERE side = 2) AS credits
			FROM entries WHERE ledger_id = $1 AND sequence >= $2 GROUP BY account
		)
		SELECT COALESCE(a.path, '#' || account), COALESCE(a.currency, ''), COALESCE(b.limited, FALSE),
			(COALESCE(b.debits, 0) - COALESCE(t.debits, 0))::bigint, (COALESCE(b.credits, 0) - COALESCE(t.credits, 0))::bigint
		FROM (SELECT account, path, currency FROM accounts WHERE ledger_id = $1) a
		FULL JOIN (SELECT account, limited, debits, credits FROM balances WHERE ledger_id = $1) b USING (account)
		FULL JOIN later t USING (account)
		WHERE t.account IS NULL OR a.account IS NULL OR b.account IS NULL
			OR b.debits <> COALESCE(t.debits, 0) OR b.credits <> COALESCE(t.credits, 0)
		ORDER BY a.path, a.currency, account`, d.store.ledger, d.size)
	if err != nil {
		return fmt.Errorf("balances: %w", err)
	}
	var r tables.Balance
	if _, err := pgx.ForEachRow(rows, []any{&r.Path, &r.Currency, &r.Limited, &r.Debits, &r.Credits}, func() error {
		return d.fn(tables.Record{Balance: &r})
	}); err != nil {
		return fmt.Errorf("balances: %w", err)
	}
	return nil
}

// days gives what was booked on each account by day and kind.
func (d *dump) days(ctx context.Context) error {
	rows, err := d.tx.Query(ctx, `
		WITH later AS (
			SELECT e.account, t.booking_date, COALESCE(o.kind, t.kind) AS kind,
				COALESCE(SUM(e.amount) FILTER (WHERE e.side = 1), 0) AS debits, COALESCE(SUM(e.amount) FILTER (WHERE e.side = 2), 0) AS credits
			FROM entries e
			JOIN transactions t ON t.ledger_id = $1 AND t.sequence = e.sequence
			LEFT JOIN transactions o ON o.ledger_id = $1 AND o.sequence = t.reverses
			WHERE e.ledger_id = $1 AND e.sequence >= $2 GROUP BY 1, 2, 3
		)
		SELECT COALESCE(a.path, '#' || account), COALESCE(a.currency, ''), booking_date::text, kind,
			(COALESCE(d.debits, 0) - COALESCE(t.debits, 0))::bigint, (COALESCE(d.credits, 0) - COALESCE(t.credits, 0))::bigint
		FROM (SELECT account, booking_date, kind, debits, credits FROM day_totals WHERE ledger_id = $1) d
		FULL JOIN later t USING (account, booking_date, kind)
		LEFT JOIN (SELECT account, path, currency FROM accounts WHERE ledger_id = $1) a USING (account)
		WHERE t.kind IS NULL OR d.kind IS NULL OR d.debits <> t.debits OR d.credits <> t.credits
		ORDER BY a.path, a.currency, booking_date, kind`, d.store.ledger, d.size)
	if err != nil {
		return fmt.Errorf("totals by day: %w", err)
	}
	var r tables.Day
	if _, err := pgx.ForEachRow(rows, []any{&r.Path, &r.Currency, &r.Date, &r.Kind, &r.Debits, &r.Credits}, func() error {
		return d.fn(tables.Record{Day: &r})
	}); err != nil {
		return fmt.Errorf("totals by day: %w", err)
	}
	return nil
}
