package leaf

import (
	"errors"
	"fmt"
)

var errTrailing = errors.New("bytes follow the last field")

const (
	// maxKnown bounds the accounts that a decoder remembers.
	maxKnown = 1 << 16
	// maxSlab bounds the transactions and entries that a decoder allocates at
	// once.
	maxSlab = 256
)

// Decode reads one leaf. It accepts exactly what AppendBinary makes; the error
// names the field and the rule.
func Decode(b []byte) (Leaf, error) {
	return new(Decoder).Decode(string(b))
}

// Decoder decodes many leaves: it shares the strings of accounts among them and
// allocates more and more of them at once. It belongs to one goroutine; the zero
// value is ready.
type Decoder struct {
	known        map[string]key
	transactions []Transaction
	entries      []Entry
	slab         int // how many the last slab of entries held
}

// Decode is as the function Decode; the strings of the leaf are parts of s.
func (d *Decoder) Decode(s string) (Leaf, error) {
	if d.known == nil || len(d.known) > maxKnown {
		d.known = map[string]key{}
	}
	c := codec{in: s, decoder: d}
	var v, kind uint8
	if c.enum("version", &v, version); c.err == nil {
		c.enum("type", &kind, typeClose)
	}
	var l Leaf
	switch {
	case c.err != nil:
	case kind == typeTransaction:
		l.Transaction = d.transaction()
		l.Transaction.layout(&c)
	case kind == typeDecision:
		l.Decision = new(Decision)
		l.Decision.layout(&c)
	case kind == typeClose:
		l.Close = new(PeriodClose)
		l.Close.layout(&c)
	}
	if c.err == nil && c.in != "" {
		c.err = errTrailing
	}
	if c.err != nil {
		return Leaf{}, fmt.Errorf("decode leaf: %w", c.err)
	}
	return l, nil
}

// transaction returns a fresh transaction.
func (d *Decoder) transaction() *Transaction {
	if len(d.transactions) == 0 {
		d.transactions = make([]Transaction, max(1, d.slab/4))
	}
	t := &d.transactions[0]
	d.transactions = d.transactions[1:]
	return t
}

// take returns n fresh entries.
func (d *Decoder) take(n int) []Entry {
	if len(d.entries) < n {
		d.slab = max(n, min(2*d.slab, maxSlab))
		d.entries = make([]Entry, d.slab)
	}
	e := d.entries[:n:n]
	d.entries = d.entries[n:]
	return e
}
