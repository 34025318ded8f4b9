package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
)

// head is the locked row of the log.
type head struct {
	size     int64
	root     merkle.Hash
	accounts int64
	open     *time.Time
}

// settings are given for the transaction: look-ups by key must go through their
// index on fresh tables too, whose statistics know nothing yet.
const settings = `SET LOCAL enable_seqscan = off`

// lock takes the log, as a statement of its own: under READ COMMITTED only what
// is read by later statements is what the last holder of the lock has left.
func (b *batch) lock(ctx context.Context) error {
	q := &pgx.Batch{}
	q.Queue(settings)
	q.Queue(`SELECT size, root, accounts, open_from FROM head WHERE ledger_id = $1 `+b.guard.lock, b.ledger).
		QueryRow(func(row pgx.Row) error {
			var root []byte
			if err := row.Scan(&b.head.size, &root, &b.head.accounts, &b.head.open); err != nil {
				return err
			}
			copy(b.head.root[:], root)
			return nil
		})
	if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("lock head: %w", err)
	}
	state := book.Head{Ledger: b.name, Size: b.head.size}
	if b.head.open != nil {
		state.Open = leaf.DayOf(*b.head.open)
	}
	b.books = book.New(state, random)
	return nil
}

// load reads what the units touch: first the leaves of all references, then the
// balances of all accounts, those of transactions to be reversed among them.
func (b *batch) load(ctx context.Context) error {
	if err := b.loadLeaves(ctx); err != nil {
		return err
	}
	wanted := map[book.Account]bool{}
	want := func(a book.Account) { wanted[a] = true }
	var reversed []int64
	for _, u := range b.units {
		u.Accounts(want)
		u.Reversed(func(reference string) {
			l, _ := b.books.Known(reference)
			if l.Transaction == nil {
				return
			}
			reversed = append(reversed, l.Transaction.Sequence)
			for _, e := range l.Transaction.Entries {
				want(book.Account{Path: e.Account, Currency: e.Currency})
			}
		})
	}
	if len(reversed) > 0 {
		if err := b.loadReversals(ctx, reversed); err != nil {
			return err
		}
	}
	if err := b.loadDecisions(ctx); err != nil {
		return err
	}
	return b.loadBalances(ctx, wanted)
}

func (b *batch) loadLeaves(ctx context.Context) error {
	seen := map[string]bool{}
	var references []string
	for _, u := range b.units {
		u.References(func(r string) {
			if !seen[r] {
				seen[r] = true
				references = append(references, r)
			}
		})
	}
	rows, err := b.tx.Query(ctx, `
		SELECT l.bytes
		FROM unnest($2::text[]) AS k (reference)
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND reference = k.reference OFFSET 0
		) l`, b.ledger, references)
	if err != nil {
		return fmt.Errorf("look up references: %w", err)
	}
	var raw []byte
	_, err = pgx.ForEachRow(rows, []any{&raw}, func() error {
		l, err := leaf.Decode(raw)
		if err == nil {
			b.books.Know(l)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look up references: %w", err)
	}
	return nil
}

func (b *batch) loadBalances(ctx context.Context, wanted map[book.Account]bool) error {
	b.accounts = make(map[book.Account]int64, len(wanted))
	if len(wanted) == 0 {
		return nil
	}
	paths, currencies := columns(wanted)
	rows, err := b.tx.Query(ctx, `
		SELECT k.path, k.currency, a.account, b.debits, b.credits
		FROM unnest($2::text[], $3::text[]) AS k (path, currency)
		CROSS JOIN LATERAL (
			SELECT account FROM accounts
			WHERE ledger_id = $1 AND path = k.path AND currency = k.currency OFFSET 0
		) a
		CROSS JOIN LATERAL (
			SELECT debits, credits FROM balances WHERE ledger_id = $1 AND account = a.account OFFSET 0
		) b`, b.ledger, paths, currencies)
	if err != nil {
		return fmt.Errorf("load balances: %w", err)
	}
	var a book.Account
	var number int64
	var balance book.Balance
	_, err = pgx.ForEachRow(rows, []any{&a.Path, &a.Currency, &number, &balance.Debits, &balance.Credits}, func() error {
		b.accounts[a] = number
		b.books.Open(a, balance)
		return nil
	})
	if err != nil {
		return fmt.Errorf("load balances: %w", err)
	}
	return nil
}
