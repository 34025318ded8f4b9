// Package leaf holds version 1 of the ledger's canonical bytes: what one
// transaction, decision or period close is in the Merkle tree. The format is
// frozen by golden vectors and described in docs/ledger-format.md; days are the
// finest time in it, and there is no place for free text or personal data.
package leaf

import (
	"errors"
	"fmt"
)

const (
	// MaxBytes bounds a leaf; a C2SP entry bundle cannot hold a longer one.
	MaxBytes = 65535
	// MaxEntries bounds the entries of a transaction.
	MaxEntries = 500
	// version is the first byte of each leaf.
	version = 1
)

// These stand in the second byte of a leaf.
const (
	typeTransaction = iota + 1
	typeDecision
	typeClose
)

// Header is what every leaf begins with.
type Header struct {
	// Ledger is the id of the ledger, for example "main".
	Ledger string
	// Sequence is the index of the leaf in the tree; the first is 0.
	Sequence int64
	// Random keeps the content from being guessed from the leaf's hash.
	Random [16]byte
}

// Leaf is a decoded leaf: exactly one of the fields is set.
type Leaf struct {
	Transaction *Transaction
	Decision    *Decision
	Close       *PeriodClose
}

// Header returns what the leaf begins with.
func (l Leaf) Header() Header {
	switch {
	case l.Transaction != nil:
		return l.Transaction.Header
	case l.Decision != nil:
		return l.Decision.Header
	case l.Close != nil:
		return l.Close.Header
	}
	return Header{}
}

// Reference returns what tells the leaf from all others of its ledger.
func (l Leaf) Reference() string {
	switch {
	case l.Transaction != nil:
		return l.Transaction.Reference
	case l.Decision != nil:
		return l.Decision.Reference
	case l.Close != nil:
		return l.Close.Reference
	}
	return ""
}

// AppendBinary appends the canonical bytes of the leaf.
func (l Leaf) AppendBinary(dst []byte) ([]byte, error) {
	switch {
	case l.Transaction != nil:
		return l.Transaction.AppendBinary(dst)
	case l.Decision != nil:
		return l.Decision.AppendBinary(dst)
	case l.Close != nil:
		return l.Close.AppendBinary(dst)
	}
	return nil, errors.New("encode leaf: nothing in it")
}

// encode appends the leaf of a type whose fields layout visits.
func encode(dst []byte, kind uint8, layout func(*codec)) ([]byte, error) {
	c := codec{out: append(dst, version, kind)}
	layout(&c)
	if c.err != nil {
		return nil, fmt.Errorf("encode leaf: %w", c.err)
	}
	return c.out, nil
}

// header visits the fields that all leaves share.
func (c *codec) header(h *Header) {
	c.text("ledger", &h.Ledger, CheckLedger)
	c.natural("sequence", &h.Sequence)
	c.fixed("random", h.Random[:], false)
}
