package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf/account"
)

// InsufficientFunds is the reason of the fault for a transaction that would take
// a limited account below zero.
const InsufficientFunds = "INSUFFICIENT_FUNDS"

// draw resolves one ordered source: debits each account up to what it has, the
// last takes the rest, whether it has it or not (limits looks at that).
func (b *Books) draw(t *leaf.Transaction, s Sources) error {
	rest := s.Amount.MinorUnits
	for k, path := range s.Accounts {
		a := Account{path, s.Amount.Currency}
		part := rest
		if k < len(s.Accounts)-1 {
			part = min(rest, max(b.balances[a].Net(), 0))
		}
		if part == 0 {
			continue
		}
		if err := b.line(t, a, leaf.Debit, part); err != nil {
			return err
		}
		rest -= part
	}
	return nil
}

// limits refuses t where a limited account that it debits is below zero after
// the whole of it.
func (b *Books) limits(at place, d *Draft, t *leaf.Transaction) error {
	for i, e := range t.Entries {
		if e.Side != leaf.Debit || b.balances[Account{e.Account, e.Currency}].Net() >= 0 || !account.Limited(e.Account) {
			continue
		}
		var field string
		switch {
		case d.Kind == leaf.Reversal:
			field = at.field("reverses")
		case i < len(d.Entries):
			field = at.lineAt("entries", i).String()
		default:
			field = at.field("sources")
		}
		f := fault.New(fault.Precondition, InsufficientFunds, "There is not enough money on an account that may not go below zero.")
		f.Violations = []fault.Violation{{Field: field, Description: "takes its account below zero"}}
		return f
	}
	return nil
}
