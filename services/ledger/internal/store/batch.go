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
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
)

// Outcome is what one unit of a batch has come to: a result, or the fault with
// which it was refused while the others went on.
type Outcome struct {
	Result book.Result
	Err    error
}

// Batch books units, in order, in one transaction. Outcomes are valid only where
// the error is nil; otherwise nothing was booked, or with the reason
// OUTCOME_UNKNOWN nobody knows. edge is the tree's right edge as the caller
// remembers it, and is used only if it matches the head; the one returned is that
// after the batch.
func (s *Store) Batch(ctx context.Context, units []book.Unit, edge merkle.Edge) ([]Outcome, merkle.Edge, error) {
	var outcomes []Outcome
	after := edge
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		b := &batch{tx: tx, ledger: s.ledger, name: s.name, units: units, guard: s.guard}
		if err := b.run(ctx, edge); err != nil {
			return err
		}
		outcomes, after = b.outcomes, b.edge
		return nil
	})
	if err != nil {
		return nil, merkle.Edge{}, err
	}
	return outcomes, after, nil
}

// batch is one transaction in the making.
type batch struct {
	tx     pgx.Tx
	ledger int16
	name   string
	units  []book.Unit
	guard  protection

	head     head
	books    *book.Books
	accounts map[book.Account]int64 // numbers of the accounts that exist
	pools    map[int64]string       // pools of the same, by number
	outcomes []Outcome
	edge     merkle.Edge
}

// run takes the lock, loads, applies and writes.
func (b *batch) run(ctx context.Context, edge merkle.Edge) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	if err := b.apply(); err != nil {
		return err
	}
	b.edge = edge
	booked := b.books.Booked()
	if len(booked) == 0 {
		// Nothing new, but what is answered may rest on rows whose own commit was
		// never confirmed.
		return b.guard.durable(ctx, b.tx)
	}
	if err := b.match(ctx); err != nil {
		return err
	}
	return b.write(ctx, booked)
}

// apply books each unit in memory. A defect that panics is an error of the batch,
// which its caller then splits until the culprit stands alone.
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

// match makes sure that the edge is that of the head, loading it if need be.
func (b *batch) match(ctx context.Context) error {
	if b.edge.Size() == b.head.size && b.edge.Root() == b.head.root {
		return nil
	}
	edge, err := merkle.LoadEdge(ctx, tileReader{b.tx, b.ledger}, b.head.size)
	if err != nil {
		return fmt.Errorf("load edge of the tree: %w", err)
	}
	if edge.Root() != b.head.root {
		return errors.New("the stored tiles do not have the root that the head says: refusing to grow a damaged log")
	}
	b.edge = edge
	return nil
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
