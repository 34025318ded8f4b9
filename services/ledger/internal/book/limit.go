package book

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// InsufficientFunds is the reason of the fault for a transaction that would take
// a limited account below zero.
const InsufficientFunds = fault.ReasonInsufficientFunds

// draw resolves one ordered source: debits each account up to what it has, the
// last takes the rest, whether it has it or not (limits looks at that). It reports
// whether there is room for the lines.
func (b *Books) draw(t *leaf.Transaction, s Sources) bool {
	rest := s.Amount.MinorUnits
	for k, path := range s.Accounts {
		a := leaf.Account{Path: path, Currency: s.Amount.Currency}
		part := rest
		if k < len(s.Accounts)-1 {
			part = min(rest, max(b.balances[a].Net(), 0))
		}
		if part == 0 {
			continue
		}
		if !b.line(t, a, leaf.Debit, part) {
			return false
		}
		rest -= part
	}
	return true
}

// limits refuses t where a limited account that it debits is below zero after
// the whole of it.
func (b *Books) limits(at place, d *Draft, t *leaf.Transaction) error {
	for i, e := range t.Entries {
		if e.Side != leaf.Debit || b.balances[leaf.Account{Path: e.Account, Currency: e.Currency}].Net() >= 0 || !account.Limited(e.Account) {
			continue
		}
		field, description := d.origin(at, t, i)
		f := fault.New(fault.Precondition, InsufficientFunds, "There is not enough money on an account that may not go below zero.")
		f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldNotEnoughMoney, Description: description}}
		return f
	}
	return nil
}

// origin returns the field of the draft from which entry i of t was made, and what
// is wrong with it where the entry takes its account below zero.
func (d *Draft) origin(at place, t *leaf.Transaction, i int) (field, description string) {
	switch {
	case d.Kind == leaf.Reversal:
		return at.field("reverses"), fmt.Sprintf("names a transaction whose entry %d would take its account below zero when it is taken back", i+1)
	case i < len(d.Entries):
		return at.lineAt("entries", i).String(), "takes its account below zero"
	}
	j, rest := 0, d.Sources[0].Amount.MinorUnits
	for _, e := range t.Entries[len(d.Entries):i] {
		if rest -= e.Amount; rest == 0 {
			j++
			rest = d.Sources[j].Amount.MinorUnits
		}
	}
	return at.lineAt("sources", j).String(), "takes its last account below zero"
}
