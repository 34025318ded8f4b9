package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
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

// ask queues taking the log and reading what the units touch, as far as it is not
// remembered. The lock is a statement of its own: under READ COMMITTED what later
// statements read is what the last holder of the lock has left.
func (b *batch) ask(q *pgx.Batch) {
	q.Queue(settings)
	b.askHead(q)
	b.askLeaves(q)
	wanted := map[leaf.Account]bool{}
	for a := range b.wanted() {
		if _, ok := b.memory.accounts[a]; !ok {
			wanted[a] = true
		}
	}
	b.askBalances(q, wanted)
	b.askDecisions(q)
	b.askAdvanced(q)
	b.askHands(q)
	b.askCloses(q)
}

// wanted are the accounts that the units touch by name.
func (b *batch) wanted() map[leaf.Account]bool {
	wanted := map[leaf.Account]bool{}
	for _, u := range b.units {
		u.Accounts(func(a leaf.Account) { wanted[a] = true })
	}
	return wanted
}

// load takes the other balances from memory, or reads them too where the log has
// moved on, and reads what is known to be needed only now.
func (b *batch) load(ctx context.Context) error {
	if err := b.loadGrants(ctx); err != nil {
		return err
	}
	if b.memory.fits(b.head) {
		for a := range b.wanted() {
			if known, ok := b.memory.accounts[a]; ok {
				b.know(a, known)
			}
		}
		return b.loadOriginals(ctx)
	}
	forgotten := map[leaf.Account]bool{}
	for a := range b.wanted() {
		if _, ok := b.memory.accounts[a]; ok {
			forgotten[a] = true
		}
	}
	b.memory = Memory{}
	if len(forgotten) > 0 {
		q := &pgx.Batch{}
		b.askBalances(q, forgotten)
		if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("load balances: %w", err)
		}
	}
	return b.loadOriginals(ctx)
}

// know takes in an account with its balance.
func (b *batch) know(a leaf.Account, k remembered) {
	b.accounts[a], b.pools[k.number] = k.number, k.pool
	b.books.Open(a, k.balance)
}

func (b *batch) askHead(q *pgx.Batch) {
	q.Queue(`SELECT size, root, accounts, open_from FROM head WHERE ledger_id = $1 `+b.guard.lock, b.ledger).
		QueryRow(func(row pgx.Row) error {
			var root []byte
			if err := row.Scan(&b.head.size, &root, &b.head.accounts, &b.head.open); err != nil {
				return fmt.Errorf("lock head: %w", err)
			}
			copy(b.head.root[:], root)
			state := book.Position{Ledger: b.name, Size: b.head.size}
			if b.head.open != nil {
				state.Open = leaf.DayOf(*b.head.open)
			}
			if b.books = book.New(state, random).After(b.guard.policyDelay); b.guard.unproven {
				b.books.WithoutRoles()
			}
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
		if err != nil {
			return err
		}
		b.books.Know(l)
		b.hashes[l.Header().Sequence] = merkle.LeafHash(raw)
		return nil
	})
}

func (b *batch) askBalances(q *pgx.Batch, wanted map[leaf.Account]bool) {
	if len(wanted) == 0 {
		return
	}
	paths, currencies := columns(wanted)
	var a leaf.Account
	var k remembered
	into := []any{&a.Path, &a.Currency, &k.number, &k.pool, &k.balance.Debits, &k.balance.Credits}
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
		b.know(a, k)
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
func columns(accounts map[leaf.Account]bool) (paths, currencies []string) {
	for a := range accounts {
		paths, currencies = append(paths, a.Path), append(currencies, a.Currency)
	}
	return paths, currencies
}
