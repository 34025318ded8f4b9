package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf/account"
)

// FundInDeficit is the reason of the fault for a hold of a fund's money while the
// fund carries a deficit: what was taken from it outside comes first.
const FundInDeficit = "FUND_IN_DEFICIT"

// deficits calls add, for each entry by which a ROUND_HOLD takes money of a fund,
// with the entry's place and the account of that fund's deficit.
func (d *Draft) deficits(add func(entry int, a Account)) {
	if d.Kind != leaf.RoundHold {
		return
	}
	for j, e := range d.Entries {
		if p, err := account.Parse(e.Account); err == nil && e.Side == leaf.Debit && p.Class == account.Fund {
			add(j, Account{Path: string(account.Deficit) + ":" + p.Parts[0], Currency: e.Amount.Currency})
		}
	}
}

// covered refuses a hold of a fund that carries a deficit.
func (b *Books) covered(at place, d *Draft) error {
	f := fault.New(fault.Precondition, FundInDeficit, "A fund carries a deficit that must be covered first.")
	d.deficits(func(entry int, a Account) {
		if b.balances[a].Net() < 0 {
			f.Violations = append(f.Violations, fault.Violation{
				Field: at.lineAt("entries", entry).String(), Description: "takes money of a fund that carries a deficit",
			})
		}
	})
	if len(f.Violations) == 0 {
		return nil
	}
	return f
}
