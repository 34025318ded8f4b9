package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
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

// uncovered refuses t where it covers more than the deficit that there is, or than the
// fees that were advanced for the fund.
func (b *Books) uncovered(at place, t *leaf.Transaction) error {
	if !rule.Of(t.Kind).Covers {
		return nil
	}
	now := map[leaf.Account]int64{}
	for j, e := range t.Entries {
		a := leaf.Account{Path: e.Account, Currency: e.Currency}
		if e.Side != leaf.Credit {
			continue
		}
		now[a] = plus(now[a], e.Amount)
		var words string
		switch {
		case b.balances[a].Net() > 0:
			words = "covers more than the deficit"
		case now[a] > b.advanced[a]:
			words = "covers more than the fees that were advanced"
		default:
			continue
		}
		f := fault.New(fault.Precondition, fault.ReasonNoDeficit, "There is less of a deficit than would be covered.")
		f.Violations = []fault.Violation{{Field: at.lineAt("entries", j).String(), Reason: fault.FieldNotPossible, Description: words}}
		return f
	}
	return nil
}

// Covered calls add with each deficit that the unit covers: what fees have made of it
// must be known before the unit is applied.
func (u Unit) Covered(add func(leaf.Account)) {
	for i := range u.transactions {
		d := &u.transactions[i]
		for _, e := range d.Entries {
			if rule.Of(d.Kind).Covers && e.Side == leaf.Credit {
				add(leaf.Account{Path: e.Account, Currency: e.Amount.Currency})
			}
		}
	}
}

// KnowAdvanced loads what fees have made of a deficit that was not covered since.
func (b *Books) KnowAdvanced(deficit leaf.Account, minor int64) { b.advanced[deficit] = minor }

// advance takes what a transaction says about fees into account. A reversal counts as
// what it reverses, with the other side.
func (b *Books) advance(t *leaf.Transaction) {
	if t == nil {
		return
	}
	may := rule.Of(t.Kind)
	if t.Reverses != nil {
		if original := b.known[t.Reverses.Reference].Transaction; original != nil {
			may = rule.Of(original.Kind)
		}
	}
	if !may.Advances && !may.Covers {
		return
	}
	for _, e := range t.Entries {
		a := leaf.Account{Path: e.Account, Currency: e.Currency}
		switch {
		case classOf(e.Account) != account.ClassDeficit:
			continue
		case e.Side == leaf.Credit:
			b.undo.advanced = append(b.undo.advanced, savedAdvance{a, b.advanced[a]})
			b.advanced[a] -= e.Amount
		case may.Advances:
			b.undo.advanced = append(b.undo.advanced, savedAdvance{a, b.advanced[a]})
			b.advanced[a] += e.Amount
		}
	}
}

// covered refuses a hold of a fund that carries a deficit above the amount of the policy.
func (b *Books) covered(at place, d *Draft) error {
	f := fault.New(fault.Precondition, FundInDeficit, "A fund carries a deficit that must be covered first.")
	d.deficits(at, func(a leaf.Account, line string) {
		if account.DeficitStops(b.balances[a].Net(), b.policies.deficit(d.OccurredOn, a.Currency)) {
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
