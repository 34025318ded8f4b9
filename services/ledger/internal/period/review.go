package period

import (
	"cmp"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Holdings are what the ledger holds at the end of a day, all read at one moment.
type Holdings struct {
	// Size is the number of leaves at that moment.
	Size int64
	// Open is the first open day or, before anything was closed, the first booking
	// date; zero where nothing is booked.
	Open leaf.Day
	// Totals are the balances of all accounts that are not zero.
	Totals []leaf.Total
	// Days are the movements of bank, cash, suspense and transit accounts, by
	// account, currency and day.
	Days []DayTotal
}

// DayTotal is what one booking date did to an account.
type DayTotal struct {
	leaf.Account
	Day leaf.Day
	// Net is credits less debits in minor units; zero where they were equal.
	Net int64
}

// Review is what a close comes to.
type Review struct {
	// Figures, Accounts and TrialBalance are those of the leaf.
	Figures      []leaf.Figure
	Accounts     int64
	TrialBalance [32]byte
	// Banks holds each bank account against its statements, Stripe the account
	// there against its balance; by account and currency.
	Banks, Stripe []Comparison
	// Items are the suspense, transit and cash accounts that are not zero.
	Items []Item
}

// Comparison is what we hold somewhere by the books and by whoever holds it for
// us, in minor units.
type Comparison struct {
	leaf.Account
	// Books and Outside are positive for what we have.
	Books, Outside int64
	// StatementDay is the day of the statement's closing balance, zero for Stripe.
	StatementDay leaf.Day
	// Statement is that statement, zero for Stripe.
	Statement BankStatement
}

// NewReview sums up the books at the end of the last day and holds them against
// what banks and Stripe say. Where they do not agree, the fault names each account
// that does not. The totals of the books must fit (leaf.Fit).
func NewReview(last leaf.Day, h Holdings, f Facts) (Review, error) {
	var r Review
	var found complaints
	r.Figures, r.Accounts, r.TrialBalance = leaf.Trial(slices.Clone(h.Totals))
	held := map[leaf.Account]int64{}
	for _, t := range h.Totals {
		held[leaf.Account{Path: t.Account, Currency: t.Currency}] = -t.Balance // an asset is debited
	}
	r.Banks = compareBanks(last, h.Open, held, h.Days, f.Banks, &found)
	r.Stripe = compareStripe(held, f.Stripe, &found)
	r.Items = items(last, h.Days)
	return r, found.fault()
}

// byAccount orders accounts by path and currency.
func byAccount(a, b leaf.Account) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Currency, b.Currency))
}
