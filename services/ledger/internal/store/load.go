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
// index on fresh tables too, whose statistics know nothing yet. For the same
// reason they are lateral joins with OFFSET 0, which no plan can turn around.
const settings = `SET LOCAL enable_seqscan = off`

// load takes the log and reads what the units touch, in one round trip. The lock
// is a statement of its own: under READ COMMITTED what later statements read is
// what the last holder of the lock has left.
func (b *batch) load(ctx context.Context) error {
	q := &pgx.Batch{}
	q.Queue(settings)
	b.askHead(q)
	b.askLeaves(q)
	wanted := map[book.Account]bool{}
	for _, u := range b.units {
		u.Accounts(func(a book.Account) { wanted[a] = true })
	}
	b.askBalances(q, wanted)
	b.askDecisions(q)
	b.askCloses(q)
	if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("lock and load: %w", err)
	}
	return b.loadOriginals(ctx)
}

func (b *batch) askHead(q *pgx.Batch) {
	q.Queue(`SELECT size, root, accounts, open_from FROM head WHERE ledger_id = $1 `+b.guard.lock, b.ledger).
		QueryRow(func(row pgx.Row) error {
			var root []byte
			if err := row.Scan(&b.head.size, &root, &b.head.accounts, &b.head.open); err != nil {
				return fmt.Errorf("lock head: %w", err)
			}
			copy(b.head.root[:], root)
			state := book.Head{Ledger: b.name, Size: b.head.size}
			if b.head.open != nil {
				state.Open = leaf.DayOf(*b.head.open)
			}
			b.books = book.New(state, random)
			return nil
		})
}

func (b *batch) askLeaves(q *pgx.Batch) {
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
	var raw []byte
	each(q.Queue(`
		SELECT l.bytes
		FROM unnest($2::text[]) AS k (reference)
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND reference = k.reference OFFSET 0
		) l`, b.ledger, references), "look up references", []any{&raw}, func() error {
		l, err := leaf.Decode(raw)
		if err == nil {
			b.books.Know(l)
		}
		return err
	})
}

func (b *batch) askBalances(q *pgx.Batch, wanted map[book.Account]bool) {
	if b.accounts == nil {
		b.accounts = make(map[book.Account]int64, len(wanted))
		b.pools = make(map[int64]string, len(wanted))
	}
	if len(wanted) == 0 {
		return
	}
	paths, currencies := columns(wanted)
	var a book.Account
	var number int64
	var pool string
	var balance book.Balance
	into := []any{&a.Path, &a.Currency, &number, &pool, &balance.Debits, &balance.Credits}
	each(q.Queue(`
		SELECT k.path, k.currency, a.account, a.pool, b.debits, b.credits
		FROM unnest($2::text[], $3::text[]) AS k (path, currency)
		CROSS JOIN LATERAL (
			SELECT account, pool FROM accounts
			WHERE ledger_id = $1 AND path = k.path AND currency = k.currency OFFSET 0
		) a
		CROSS JOIN LATERAL (
			SELECT debits, credits FROM balances WHERE ledger_id = $1 AND account = a.account OFFSET 0
		) b`, b.ledger, paths, currencies), "load balances", into, func() error {
		b.accounts[a], b.pools[number] = number, pool
		b.books.Open(a, balance)
		return nil
	})
}

// each calls fn for every row of a queued query, scanned into the given places.
func each(q *pgx.QueuedQuery, what string, into []any, fn func() error) {
	q.Query(func(rows pgx.Rows) error {
		if _, err := pgx.ForEachRow(rows, into, fn); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// columns takes accounts apart for a query.
func columns(accounts map[book.Account]bool) (paths, currencies []string) {
	for a := range accounts {
		paths, currencies = append(paths, a.Path), append(currencies, a.Currency)
	}
	return paths, currencies
}
