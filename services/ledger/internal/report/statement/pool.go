// Package statement derives the fund's reports from what was booked: which accounts
// are summed up together, and what the sums say on the lines of package rule. It knows
// neither database nor wire.
package statement

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// all stands in the name of a pool for the id of any account of a sort.
const all = "*"

// awards begins the names of the pools of awards; a fund's id follows where it is
// known.
func awards() string { return account.Award(all) }

// rounds begins the names of the pools of what rounds hold of a fund.
func rounds() string { return string(account.ClassRound) + ":" + all }

// Pool returns the name under which reports sum up the account of entry i of the
// transaction that opens it. An award out of a fund is "award:*:general", what a round
// holds of it "round:*:general", couriers are "asset:cash:*"; every other account is
// its own path. An award belongs for good to the fund that its first transaction took
// the money from.
func Pool(t *leaf.Transaction, i int) string {
	path := t.Entries[i].Account
	class, rest, _ := strings.Cut(path, ":")
	switch account.Class(class) {
	case account.ClassAward:
		return join(awards(), giver(t, i))
	case account.ClassRound:
		_, fund, _ := strings.Cut(rest, ":")
		return join(rounds(), fund)
	case account.ClassAsset:
		if strings.HasPrefix(rest, "cash:") {
			return account.Cash(all)
		}
	}
	return path
}

// giver is the fund whose money, or the round's hold of it, the transaction takes:
// the one nearest before entry i, else the first behind it.
func giver(t *leaf.Transaction, i int) string {
	for j := range t.Entries {
		// i-1 down to 0, then i+1 up
		at := i - 1 - j
		if at < 0 {
			at = j
		}
		if e := t.Entries[at]; e.Side == leaf.Debit {
			if fund := fundOf(e.Account); fund != "" {
				return fund
			}
		}
	}
	return ""
}

// fundOf is the fund that an account holds money of: its own, or that of a round.
func fundOf(path string) string {
	p := strings.Split(path, ":")
	switch {
	case len(p) != 3:
		return ""
	case p[0] == string(account.ClassFund):
		return p[1]
	case p[0] == string(account.ClassRound):
		return p[2]
	}
	return ""
}

func join(pool, fund string) string {
	if fund == "" {
		return pool
	}
	return pool + ":" + fund
}

// Shared reports whether a pool is more than one account.
func Shared(pool string) bool { return strings.Contains(pool, all) }

// Ours reports whether what stands in a pool is part of the funds: what is there
// for the purposes of donors, aid on its way included. What is owed to others
// (refunds, suspense), money that is being changed and the assets stand against
// it.
func Ours(pool string) bool {
	switch class := account.Class(class(pool)); class {
	case account.ClassFund, account.ClassRound, account.ClassAward, account.ClassDeficit, account.ClassEquity:
		return true
	case account.ClassTransit:
		return pool != account.TransitStripePayout() && pool != account.TransitRefunds()
	case account.ClassFX:
		return pool == account.FXGainLoss()
	}
	return false
}

func class(pool string) string {
	c, _, _ := strings.Cut(pool, ":")
	return c
}

// PoolsOf returns the pools from which a fund's statement is made: its money, its
// deficit and its awards.
func PoolsOf(fund string) []string {
	return []string{
		account.FundAvailable(fund), account.FundClearing(fund), account.Deficit(fund), join(awards(), fund),
	}
}
