package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

const (
	// AlreadyReversed is the reason of the fault for a second reversal.
	AlreadyReversed = fault.ReasonAlreadyReversed
	// NotThisService is the reason of the fault for what is not the caller's to
	// bring, or to take back.
	NotThisService = fault.ReasonNotThisService
)

// reverse applies the exact mirror of an earlier transaction and writes it into
// t: the same lines in the same order, sides swapped.
func (b *Books) reverse(at place, d *Draft, t *leaf.Transaction) error {
	l, ok := b.known[d.Reverses]
	if !ok {
		f := fault.Missing("transaction to reverse")
		f.Violations = []fault.Violation{{Field: at.field("reverses"), Reason: fault.FieldNoSuchResource, Description: "names no transaction"}}
		return f
	}
	original := l.Transaction
	if original == nil || original.Kind == leaf.Reversal {
		return refused(at, fault.ReasonNotReversible, "What is to be reversed is a decision or itself a reversal.")
	}
	if d.By != "" && !rule.Of(original.Kind).BroughtBy(d.By) {
		f := fault.New(fault.PermissionDenied, NotThisService, "This service may not bring entries of this kind into the books.")
		f.Violations = []fault.Violation{{Field: at.field("reverses"), Reason: fault.FieldNotPossible, Description: "names a transaction that another service brought"}}
		return f
	}
	if _, done := b.reversed[original.Sequence]; done {
		return refused(at, AlreadyReversed, "The transaction has been reversed by another one.")
	}
	t.Reverses = &leaf.Link{Sequence: original.Sequence, Reference: original.Reference}
	t.Rate = original.Rate
	t.Entries = make([]leaf.Entry, 0, len(original.Entries))
	for _, e := range original.Entries {
		if !b.line(t, leaf.Account{Path: e.Account, Currency: e.Currency}, opposite(e.Side), e.Amount) {
			return full(at.field("reverses"))
		}
	}
	return nil
}

func opposite(s leaf.Side) leaf.Side {
	if s == leaf.Debit {
		return leaf.Credit
	}
	return leaf.Debit
}

func refused(at place, why fault.Reason, sentence string) error {
	f := fault.New(fault.Precondition, why, sentence)
	f.Violations = []fault.Violation{{Field: at.field("reverses"), Reason: fault.FieldNotPossible, Description: "names a transaction that cannot be reversed"}}
	return f
}
