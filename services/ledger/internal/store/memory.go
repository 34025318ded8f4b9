package store

import (
	"cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// maxRemembered bounds how many accounts are remembered: some ten megabytes.
const maxRemembered = 50_000

// Memory is what a writer remembers of the log after its own last batch: the
// tree's right edge and balances. It is used only where size and root of the head
// are those of the edge: the same root is the same history, and so the same
// balances. The zero Memory remembers nothing.
type Memory struct {
	edge     merkle.Edge
	accounts map[leaf.Account]remembered
	bound    int // of accounts, 0 for maxRemembered
}

// remembered is an account as it stands in the database.
type remembered struct {
	number  int64
	pool    string
	balance book.Balance
}

// Size is the number of leaves after the batch that is remembered.
func (m Memory) Size() int64 { return m.edge.Size() }

// fits reports whether the log stands where the memory does.
func (m Memory) fits(h head) bool { return m.edge.Size() == h.size && m.edge.Root() == h.root }

// remember returns the memory after a batch. Only one that was committed may be
// remembered: the accounts are those of the memory before, changed.
func (b *batch) remember() Memory {
	if b.posting == nil {
		return b.memory
	}
	accounts, bound := b.memory.accounts, cmp.Or(b.memory.bound, maxRemembered)
	if accounts == nil || len(accounts)+len(b.posting.touched) > bound {
		accounts = make(map[leaf.Account]remembered, len(b.posting.touched))
	}
	for number, a := range b.posting.touched {
		accounts[a] = remembered{number, b.pools[number], b.books.Balance(a)}
	}
	return Memory{edge: b.grown, accounts: accounts, bound: bound}
}
