package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Outcome is what one unit of a batch has come to: a result, or the fault with
// which it was refused while the others went on.
type Outcome struct {
	Result book.Result
	Err    error
}

// Batch books units, in order, in one transaction. Outcomes are valid only where
// the error is nil; otherwise nothing was booked, or with the reason
// OUTCOME_UNKNOWN nobody knows. m is what the caller remembers from its last batch,
// which is not to be used again; the one returned is that after this batch.
func (s *Store) Batch(ctx context.Context, units []book.Unit, m Memory) ([]Outcome, Memory, error) {
	var b *batch
	err := s.db.InTrips(ctx, func(q *pgx.Batch) {
		b = s.batch(units, m)
		b.ask(q)
	}, func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) {
		b.tx = tx
		return b.run(ctx)
	})
	if err != nil {
		return nil, Memory{}, err
	}
	return b.outcomes, b.remember(), nil
}

// within books units in a transaction that does more than that.
func (s *Store) within(ctx context.Context, tx pgx.Tx, units []book.Unit) (*batch, error) {
	b, q := s.batch(units, Memory{}), &pgx.Batch{}
	b.tx = tx
	b.ask(q)
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return nil, fmt.Errorf("lock and load: %w", err)
	}
	last, err := b.run(ctx)
	if err != nil || last == nil {
		return b, err
	}
	if err := tx.SendBatch(ctx, last).Close(); err != nil {
		return nil, fmt.Errorf("write batch: %w", err)
	}
	return b, nil
}

// batch is one transaction in the making.
type batch struct {
	tx     pgx.Tx
	ledger int16
	name   string
	units  []book.Unit
	guard  protection
	memory Memory

	head     head
	books    *book.Books
	accounts map[leaf.Account]int64 // numbers of the accounts that exist
	pools    map[int64]string       // pools of the same, by number
	about    map[string]bool        // resources about which decisions are asked for
	grants   []string               // of those, emergency grants, which are known only after their awards
	outcomes []Outcome
	hashes   map[int64]merkle.Hash // of the leaves that were looked up or booked, by sequence
	grown    merkle.Edge           // the edge after the batch
	posting  *posting              // nil where nothing was booked
}

func (s *Store) batch(units []book.Unit, m Memory) *batch {
	return &batch{
		ledger: s.ledger, name: s.name, units: units, guard: s.guard, memory: m,
		accounts: map[leaf.Account]int64{}, pools: map[int64]string{}, hashes: map[int64]merkle.Hash{},
	}
}

// run applies the units, once the lock is taken and what was asked for is there. It
// returns the statements that write down what has come of them, nil for none.
func (b *batch) run(ctx context.Context) (*pgx.Batch, error) {
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	if err := b.apply(); err != nil {
		return nil, err
	}
	booked := b.books.Booked()
	if len(booked) == 0 {
		b.answer()
		// Nothing new, but what is answered may rest on rows whose own commit was
		// never confirmed.
		return nil, b.guard.durable(ctx, b.tx)
	}
	edge, err := b.edge(ctx)
	if err != nil {
		return nil, err
	}
	last, err := b.write(ctx, edge, booked)
	b.answer()
	return last, err
}

// answer gives each result the hashes of its leaves.
func (b *batch) answer() {
	for i := range b.outcomes {
		r := &b.outcomes[i].Result
		r.Hashes = make([][32]byte, len(r.Leaves))
		for j, l := range r.Leaves {
			r.Hashes[j] = b.hashes[l.Header().Sequence]
		}
	}
}

// apply books each unit in memory. A unit that panics fails the batch; whoever booked
// it splits the batch until that unit stands alone.
func (b *batch) apply() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("apply unit: panic: %v\n%s", p, debug.Stack())
		}
	}()
	b.outcomes = make([]Outcome, len(b.units))
	for i, u := range b.units {
		b.outcomes[i].Result, b.outcomes[i].Err = b.books.Apply(u)
	}
	return nil
}

// edge is the tree's right edge at the head, loaded if need be.
func (b *batch) edge(ctx context.Context) (merkle.Edge, error) {
	if b.memory.fits(b.head) {
		return b.memory.edge, nil
	}
	edge, err := merkle.LoadEdge(ctx, tileReader{b.tx, b.ledger}, b.head.size)
	if err != nil {
		return merkle.Edge{}, fmt.Errorf("load edge of the tree: %w", err)
	}
	if edge.Root() != b.head.root {
		return merkle.Edge{}, errors.New("the stored tiles do not have the root that the head says: refusing to grow a damaged log")
	}
	return edge, nil
}

// encode returns the canonical bytes and the hash of each leaf.
func encode(leaves []leaf.Leaf) ([][]byte, []merkle.Hash, error) {
	encoded, hashes := make([][]byte, len(leaves)), make([]merkle.Hash, len(leaves))
	for i, l := range leaves {
		bytes, err := l.AppendBinary(nil)
		if err != nil {
			return nil, nil, fmt.Errorf("leaf %d: %w", l.Header().Sequence, err)
		}
		encoded[i], hashes[i] = bytes, merkle.LeafHash(bytes)
	}
	return encoded, hashes, nil
}

// random returns the 16 bytes of a leaf that keep it from being guessed.
func random() [16]byte {
	var r [16]byte
	rand.Read(r[:]) // never fails: it aborts the program instead
	return r
}
