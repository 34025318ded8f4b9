package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// FundInDeficit is the reason of the fault for a hold of a fund's money while the
// fund carries a deficit that does not heal by itself: what was taken from it outside
// comes first.
const FundInDeficit = fault.ReasonFundInDeficit

// deficits calls add, for each line by which a kind that waits for deficits takes
// money of a fund, with the account of that fund's deficit and the line's place.
func (d *Draft) deficits(at place, add func(a leaf.Account, line string)) {
	if rule.Of(d.Kind).Deficit != rule.Waits {
		return
	}
	of := func(path, currency string, line place) {
		if p, err := account.Parse(path); err == nil && p.Class == account.ClassFund {
			add(leaf.Account{Path: string(account.ClassDeficit) + ":" + p.Parts[0], Currency: currency}, line.String())
		}
	}
	for j, e := range d.Entries {
		if e.Side == leaf.Debit {
			of(e.Account, e.Amount.Currency, at.lineAt("entries", j))
		}
	}
	for j, s := range d.Sources {
		for _, path := range s.Accounts {
			of(path, s.Amount.Currency, at.lineAt("sources", j))
		}
	}
}

// uncovered refuses t where it covers more than the deficit that there is.
func (b *Books) uncovered(at place, t *leaf.Transaction) error {
	if !rule.Of(t.Kind).Covers {
		return nil
	}
	for j, e := range t.Entries {
		if e.Side == leaf.Credit && b.balances[leaf.Account{Path: e.Account, Currency: e.Currency}].Net() > 0 {
			f := fault.New(fault.Precondition, fault.ReasonNoDeficit, "There is less of a deficit than would be covered.")
			f.Violations = []fault.Violation{{Field: at.lineAt("entries", j).String(), Reason: fault.FieldNotPossible, Description: "covers more than the deficit"}}
			return f
		}
	}
	return nil
}

// covered refuses a hold of a fund that carries a deficit above the tolerated amount.
func (b *Books) covered(at place, d *Draft) error {
	f := fault.New(fault.Precondition, FundInDeficit, "A fund carries a deficit that must be covered first.")
	d.deficits(at, func(a leaf.Account, line string) {
		if account.DeficitStops(b.balances[a].Net(), money.Exponent(a.Currency)) {
			f.Violations = append(f.Violations, fault.Violation{
				Field: line, Reason: fault.FieldNotPossible, Description: "takes money of a fund that carries a deficit",
			})
		}
	})
	if len(f.Violations) == 0 {
		return nil
	}
	return f
}
