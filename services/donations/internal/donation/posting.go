package donation

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

// Credit is one credited account of a gift, in minor units of the settlement
// currency.
type Credit struct {
	Account string
	Amount  int64
}

// Source is an amount debited from accounts in order: from each limited one up
// to its balance, the last takes the rest.
type Source struct {
	Accounts []string
	Amount   int64
}

// Credits says where gross goes: each fund's clearing account, and what the
// donor gave to the reserve and to running costs. They add up to gross.
func Credits(parts []Part) []Credit {
	var out []Credit
	for _, p := range parts {
		if p.Fund != "" {
			out = addCredit(out, account.FundClearing(p.Fund), p.Stays())
		}
		out = addCredit(out, account.FundAvailable(account.ReserveFund), p.Reserve)
		out = addCredit(out, account.FundAvailable(account.OperationsFund), p.Operations)
	}
	return out
}

// FeeSources says who carries the processor's fee: the fund's own clearing
// account, or running costs where the fund promises 100 % and for the tip; what
// is not there becomes a deficit, since the fee has been taken already. They add
// up to the fee.
func FeeSources(parts []Part) []Source {
	var out []Source
	for _, p := range parts {
		switch {
		case p.Fund == "":
			out = addSource(out, account.PromisedFeeSources(account.OperationsFund), p.Fee)
		case p.PromisesFull:
			out = addSource(out, account.PromisedFeeSources(p.Fund), p.Fee)
		default:
			own := p.feeFromClearing()
			out = addSource(out, account.FeeSources(p.Fund), own)
			// Beyond the gift itself the fee must not eat what others gave.
			out = addSource(out, account.ExcessFeeSources(p.Fund), p.Fee-own)
		}
	}
	return out
}

func addCredit(list []Credit, path string, amount int64) []Credit {
	if amount == 0 {
		return list
	}
	for i := range list {
		if list[i].Account == path {
			list[i].Amount += amount
			return list
		}
	}
	return append(list, Credit{Account: path, Amount: amount})
}

func addSource(list []Source, accounts []string, amount int64) []Source {
	if amount == 0 {
		return list
	}
	for i := range list {
		if slices.Equal(list[i].Accounts, accounts) {
			list[i].Amount += amount
			return list
		}
	}
	return append(list, Source{Accounts: accounts, Amount: amount})
}
