package verify

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// reversal checks that a transaction is the mirror of the one it reverses, and
// the only one. It returns the kind under which totals count it, that of the
// original.
func (b *bookkeeper) reversal(ctx context.Context, at int64, t *leaf.Transaction) (leaf.Kind, error) {
	link := t.Reverses
	if link.Sequence >= at {
		b.find(at, t.Reference, RuleReversal, "entry %d, which it reverses, is not before it", link.Sequence)
		return t.Kind, nil
	}
	l, err := b.reader.at(ctx, link.Sequence)
	if err != nil {
		return t.Kind, err
	}
	_, again := b.reversed[link.Sequence]
	b.reversed[link.Sequence] = struct{}{}
	switch original := l.Transaction; {
	case original == nil || original.Reference != link.Reference:
		b.find(at, t.Reference, RuleReversal, "entry %d is not the transaction %s", link.Sequence, link.Reference)
	case original.Kind == leaf.Reversal:
		b.find(at, t.Reference, RuleReversal, "entry %d is itself a reversal", link.Sequence)
	case !mirrored(original.Entries, t.Entries):
		b.find(at, t.Reference, RuleReversal, "it is not the mirror of entry %d", link.Sequence)
	case again:
		b.find(at, t.Reference, RuleReversal, "entry %d is reversed already", link.Sequence)
	}
	if l.Transaction == nil {
		return t.Kind, nil
	}
	return l.Transaction.Kind, nil
}

// mirrored reports whether both have the same entries with sides swapped.
func mirrored(a, b []leaf.Entry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		same := a[i].Account == b[i].Account && a[i].Currency == b[i].Currency && a[i].Amount == b[i].Amount
		if !same || a[i].Side == b[i].Side {
			return false
		}
	}
	return true
}
