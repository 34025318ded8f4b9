package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

// chunk is how many leaves are booked and copied at a time.
const chunk = 20_000

// loadAll fills ledgers for tests and benchmarks that need more than posting could bring
// in time: the rules and the tree are those of the program, only the rows come by COPY,
// and what follows from them is summed up at the end.
//
// It books units in an empty ledger that store.Open has founded, with default
// durability. A unit brings the decisions that its rounds and payments need, and
// reverses nothing that stands in another; one that is refused is an error.
func loadAll(ctx context.Context, db *postgres.DB, ledger string, units iter.Seq[book.Unit]) error {
	l := &loader{db: db, name: ledger, accounts: map[leaf.Account]*opened{}, partial: map[int]merkle.Tile{}}
	var size int64
	if err := db.Pool.QueryRow(ctx, `SELECT ledger_id, size FROM head WHERE name = $1`, ledger).Scan(&l.ledger, &size); err != nil {
		return fmt.Errorf("load ledger: %w", err)
	}
	if size != 0 {
		return errors.New("load ledger: it is not empty")
	}
	// What is booked is copied while the next is being booked.
	g, running := errgroup.WithContext(ctx)
	booked := make(chan rows, 1)
	g.Go(func() error {
		for r := range booked {
			if err := l.db.InTx(running, func(ctx context.Context, tx pgx.Tx) error { return copyRows(ctx, tx, r) }); err != nil {
				return fmt.Errorf("load ledger: %w", err)
			}
		}
		return nil
	})
	g.Go(func() error {
		defer close(booked)
		return l.all(running, units, booked)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return l.finish(ctx)
}

// all books units, chunk by chunk.
func (l *loader) all(ctx context.Context, units iter.Seq[book.Unit], booked chan<- rows) error {
	var batch []book.Unit
	leaves := 0
	flush := func() error {
		r, err := l.book(batch)
		if err != nil {
			return err
		}
		batch, leaves = batch[:0], 0
		select {
		case booked <- r:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for u := range units {
		batch = append(batch, u)
		if leaves += u.Len(); leaves < chunk {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

// opened is an account as it stands.
type opened struct {
	number  int64
	balance book.Balance
}

// loader is a load under way.
type loader struct {
	db       *postgres.DB
	ledger   int16
	name     string
	accounts map[leaf.Account]*opened
	edge     merkle.Edge
	partial  map[int]merkle.Tile // by level, not yet stored
}

// book applies units by the rules of the books and returns what they become.
func (l *loader) book(units []book.Unit) (rows, error) {
	books := book.New(book.Position{Ledger: l.name, Size: l.edge.Size()}, random).WithoutRoles()
	for _, u := range units {
		u.Accounts(func(a leaf.Account) {
			if o := l.accounts[a]; o != nil {
				books.Open(a, o.balance)
			}
		})
	}
	for _, u := range units {
		if _, err := books.Apply(u); err != nil {
			return rows{}, fmt.Errorf("load ledger: %w", err)
		}
	}
	var r rows
	for _, leaf := range books.Booked() {
		if err := l.add(&r, leaf); err != nil {
			return rows{}, err
		}
	}
	for _, u := range units {
		u.Accounts(func(a leaf.Account) {
			if o := l.accounts[a]; o != nil {
				o.balance = books.Balance(a)
			}
		})
	}
	r.tiles = l.grow(r.hashes)
	return r, nil
}

// grow appends hashes to the tree and returns the tiles that are full.
func (l *loader) grow(hashes []merkle.Hash) [][]any {
	var changed []merkle.Tile
	l.edge, changed = l.edge.Append(hashes)
	var full [][]any
	for _, t := range changed {
		if t.Width() < merkle.TileWidth {
			l.partial[t.Level] = t
			continue
		}
		full = append(full, []any{l.ledger, int16(t.Level), t.Index, t.Hashes})
		delete(l.partial, t.Level)
	}
	return full
}

// rows are those of a chunk, table by table.
type rows struct {
	hashes                                                    []merkle.Hash
	leaves, accounts, transactions, entries, decisions, tiles [][]any
}

func (l *loader) add(r *rows, x leaf.Leaf) error {
	raw, err := x.AppendBinary(nil)
	if err != nil {
		return fmt.Errorf("load ledger: %w", err)
	}
	r.hashes = append(r.hashes, merkle.LeafHash(raw))
	r.leaves = append(r.leaves, []any{l.ledger, x.Header().Sequence, x.Reference(), raw})
	if d := x.Decision; d != nil {
		r.decisions = append(r.decisions, []any{l.ledger, d.Sequence, int16(d.Kind), d.Resource, d.Person, d.Day.Time()})
	}
	if t := x.Transaction; t != nil {
		l.addTransaction(r, t)
	}
	return nil
}

func (l *loader) addTransaction(r *rows, t *leaf.Transaction) {
	var reverses *int64
	if t.Reverses != nil {
		reverses = &t.Reverses.Sequence
	}
	r.transactions = append(r.transactions, []any{
		l.ledger, t.Sequence, int16(t.Kind), t.Source, t.OccurredOn.Time(), t.BookingDate.Time(), reverses,
	})
	for i, e := range t.Entries {
		a := leaf.Account{Path: e.Account, Currency: e.Currency}
		o := l.accounts[a]
		if o == nil {
			o = &opened{number: int64(len(l.accounts) + 1)}
			l.accounts[a] = o
			r.accounts = append(r.accounts, []any{l.ledger, o.number, a.Path, a.Currency, statement.Pool(t, i)})
		}
		r.entries = append(r.entries, []any{
			l.ledger, t.Sequence, int16(i + 1), o.number, e.Currency, int16(e.Side), e.Amount, e.Balance,
		})
	}
}

func copyRows(ctx context.Context, tx pgx.Tx, r rows) error {
	for _, t := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"leaves", []string{"ledger_id", "sequence", "reference", "bytes"}, r.leaves},
		{"accounts", []string{"ledger_id", "account", "path", "currency", "pool"}, r.accounts},
		{"transactions", []string{"ledger_id", "sequence", "kind", "source", "occurred_on", "booking_date", "reverses"}, r.transactions},
		{"entries", []string{"ledger_id", "sequence", "number", "account", "currency", "side", "amount", "balance"}, r.entries},
		{"decisions", []string{"ledger_id", "sequence", "kind", "resource", "person", "day"}, r.decisions},
		{"tiles", []string{"ledger_id", "level", "tile", "hashes"}, r.tiles},
	} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return nil
}

// dayTotals and poolTotals sum up what was booked, once it is all there.
const (
	dayTotals = `
		INSERT INTO day_totals (ledger_id, account, booking_date, kind, debits, credits)
		SELECT $1, e.account, t.booking_date, COALESCE(o.kind, t.kind),
			COALESCE(SUM(e.amount) FILTER (WHERE e.side = 1), 0), COALESCE(SUM(e.amount) FILTER (WHERE e.side = 2), 0)
		FROM entries e
		JOIN transactions t ON t.ledger_id = $1 AND t.sequence = e.sequence
		LEFT JOIN transactions o ON o.ledger_id = $1 AND o.sequence = t.reverses
		WHERE e.ledger_id = $1
		GROUP BY 2, 3, 4`
	poolTotals = `
		INSERT INTO pool_totals (ledger_id, pool, currency, span, first_day, kind, debits, credits)
		SELECT $1, a.pool, a.currency, s.span, date_trunc(s.unit, d.booking_date)::date,
			d.kind, SUM(d.debits), SUM(d.credits)
		FROM day_totals d
		JOIN accounts a ON a.ledger_id = $1 AND a.account = d.account
		CROSS JOIN (VALUES (1, 'day'), (2, 'month'), (3, 'year')) AS s (span, unit)
		WHERE d.ledger_id = $1
		GROUP BY 2, 3, 4, 5, 6`
)

// finish stores balances, totals, the last tiles and the head.
func (l *loader) finish(ctx context.Context) error {
	var balances, tiles [][]any
	for a, o := range l.accounts {
		balances = append(balances, []any{l.ledger, o.number, account.Limited(a.Path), o.balance.Debits, o.balance.Credits})
	}
	for _, t := range l.partial {
		tiles = append(tiles, []any{l.ledger, int16(t.Level), t.Index, t.Hashes})
	}
	root := l.edge.Root()
	err := l.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := copyRows(ctx, tx, rows{tiles: tiles}); err != nil {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"balances"},
			[]string{"ledger_id", "account", "limited", "debits", "credits"}, pgx.CopyFromRows(balances)); err != nil {
			return err
		}
		for _, sql := range []string{
			`SET LOCAL statement_timeout = 0`, `SET LOCAL work_mem = '256MB'`,
			`SET LOCAL enable_nestloop = off`, // nothing is known of the new tables, and all of them is summed up
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		for _, sql := range []string{dayTotals, poolTotals} {
			if _, err := tx.Exec(ctx, sql, l.ledger); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE head SET size = $2, root = $3, accounts = $4 WHERE ledger_id = $1`,
			l.ledger, l.edge.Size(), root[:], len(l.accounts))
		return err
	})
	if err != nil {
		return fmt.Errorf("load ledger: %w", err)
	}
	return nil
}

func random() [16]byte {
	var r [16]byte
	rand.Read(r[:]) // never fails: it aborts the program instead
	return r
}
