package ledgertest

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

// memory keeps books as the store does, and loses them with the test.
type memory struct {
	mu    sync.Mutex
	books *book.Books
	pools map[leaf.Account]string // by the transaction that opened the account
}

func newMemory() *memory {
	random := func() (b [16]byte) {
		rand.Read(b[:]) // never fails: it aborts the program instead
		return b
	}
	return &memory{books: book.New(book.Position{Ledger: "main"}, random).WithoutRoles().After(0), pools: map[leaf.Account]string{}}
}

// Commit books a unit, all or none.
func (m *memory) Commit(ctx context.Context, u book.Unit) (book.Result, error) {
	if err := ctx.Err(); err != nil {
		return book.Result{}, err
	}
	if u.Closing() != nil {
		return book.Result{}, errors.New("the ledger in memory closes no periods")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.books.Booked())
	r, err := m.books.Apply(u)
	if err != nil {
		return book.Result{}, err
	}
	for _, l := range m.books.Booked()[before:] {
		m.open(l.Transaction)
	}
	for _, l := range r.Leaves {
		raw, err := l.AppendBinary(nil)
		if err != nil {
			return book.Result{}, err
		}
		r.Hashes = append(r.Hashes, merkle.LeafHash(raw))
	}
	return r, nil
}

// open remembers the pools of the accounts that a transaction opens.
func (m *memory) open(t *leaf.Transaction) {
	if t == nil {
		return
	}
	for i, e := range t.Entries {
		a := leaf.Account{Path: e.Account, Currency: e.Currency}
		if _, known := m.pools[a]; !known {
			m.pools[a] = statement.Pool(t, i)
		}
	}
}

// Balances reads what accounts have; one that was never used has zero.
func (m *memory) Balances(_ context.Context, accounts []leaf.Account) ([]book.Balance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]book.Balance, len(accounts))
	for i, a := range accounts {
		out[i] = m.books.Balance(a)
	}
	return out, nil
}

// DecisionsAbout reads the decisions about a resource in the order of their
// sequence.
func (m *memory) DecisionsAbout(_ context.Context, resource string) ([]*leaf.Decision, error) {
	var out []*leaf.Decision
	for _, l := range m.leaves() {
		if d := l.Decision; d != nil && d.Resource == resource {
			out = append(out, d)
		}
	}
	return out, nil
}

// Policies reads the decisions about policies in the order of their sequence.
func (m *memory) Policies(context.Context) (book.Policies, error) {
	var out book.Policies
	for _, l := range m.leaves() {
		if d := l.Decision; d != nil && (d.Kind == leaf.DecisionPolicyProposed || d.Kind == leaf.DecisionPolicyVersion) {
			out = append(out, d)
		}
	}
	return out, nil
}

// LeavesOf reads the leaves that have references, by reference.
func (m *memory) LeavesOf(_ context.Context, references []string) (map[string]leaf.Leaf, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]leaf.Leaf{}
	for _, reference := range references {
		if l, ok := m.books.Known(reference); ok {
			out[reference] = l
		}
	}
	return out, nil
}

// FundTotals sums up what a fund has, as reports do.
func (m *memory) FundTotals(_ context.Context, fund string, first, last leaf.Day) ([]statement.Total, error) {
	pools, kinds := statement.PoolsOf(fund), map[int64]leaf.Kind{}
	var out []statement.Total
	for _, l := range m.leaves() {
		t := l.Transaction
		if t == nil {
			continue
		}
		kinds[t.Sequence] = t.Kind
		if t.Reverses != nil {
			kinds[t.Sequence] = kinds[t.Reverses.Sequence]
		}
		for _, e := range t.Entries {
			pool := m.pool(leaf.Account{Path: e.Account, Currency: e.Currency})
			if !slices.Contains(pools, pool) || last != 0 && t.BookingDate > last {
				continue
			}
			out = append(out, total(pool, kinds[t.Sequence], e, t.BookingDate < first))
		}
	}
	return out, nil
}

// total is what one entry adds to a pool.
func total(pool string, kind leaf.Kind, e leaf.Entry, before bool) statement.Total {
	minor := e.Amount
	if e.Side == leaf.Debit {
		minor = -minor
	}
	t := statement.Total{Pool: pool, Currency: e.Currency, Kind: kind, Within: minor}
	if before {
		t.Before, t.Within = minor, 0
	}
	return t
}

// FundCurrencies reads the currencies in which anything was booked on a fund, in
// order.
func (m *memory) FundCurrencies(_ context.Context, fund string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	pools := statement.PoolsOf(fund)
	var out []string
	for a, pool := range m.pools {
		if slices.Contains(pools, pool) && !slices.Contains(out, a.Currency) {
			out = append(out, a.Currency)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (m *memory) pool(a leaf.Account) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pools[a]
}

// leaves are all that was booked and recorded.
func (m *memory) leaves() []leaf.Leaf {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.books.Booked())
}

// accounts are all that were ever used.
func (m *memory) accounts() []leaf.Account {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]leaf.Account, 0, len(m.pools))
	for a := range m.pools {
		out = append(out, a)
	}
	return out
}
