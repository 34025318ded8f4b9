package donation

import "slices"

// Processor is the ledger account of the money that the payment processor holds
// for us.
const Processor = "asset:stripe"

// Ids of the funds that carry what gifts must not.
const (
	operations = "operations" // running costs, and the fees of funds that promise 100 %
	reserve    = "reserve"    // chargebacks of money already passed on
)

// Clearing is the path of the ledger account of gifts to a fund that have not
// cleared.
func Clearing(fundID string) string { return "fund:" + fundID + ":clearing" }

// Available is the path of the ledger account of what a fund may spend.
func Available(fundID string) string { return "fund:" + fundID + ":available" }

// deficit is the path of the ledger account of what happened to a fund without
// money to carry it.
func deficit(fundID string) string { return "deficit:" + fundID }

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
			out = addCredit(out, Clearing(p.Fund), p.Stays())
		}
		out = addCredit(out, Available(reserve), p.Reserve)
		out = addCredit(out, Available(operations), p.Operations)
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
			out = addSource(out, byOperations(operations), p.Fee)
		case p.PromisesFull:
			out = addSource(out, byOperations(p.Fund), p.Fee)
		default:
			own := p.feeFromClearing()
			out = addSource(out, []string{Clearing(p.Fund), deficit(p.Fund)}, own)
			// Beyond the gift itself the fee must not eat what others gave.
			out = addSource(out, []string{deficit(p.Fund)}, p.Fee-own)
		}
	}
	return out
}

func addCredit(list []Credit, account string, amount int64) []Credit {
	if amount == 0 {
		return list
	}
	for i := range list {
		if list[i].Account == account {
			list[i].Amount += amount
			return list
		}
	}
	return append(list, Credit{Account: account, Amount: amount})
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

// byOperations carry a fee that the gift must not: first running costs, then the
// deficit of the fund that made the promise.
func byOperations(fundID string) []string {
	return []string{Available(operations), deficit(fundID)}
}
