package account

import "strings"

// Ids of the funds that carry what gifts to an earmark must not.
const (
	// OperationsFund pays running costs, and the fees of funds that promise 100 %.
	OperationsFund = "operations"
	// ReserveFund carries refunds and chargebacks of money already passed on.
	ReserveFund = "reserve"
	// EmergencyFund pays emergency aid.
	EmergencyFund = "emergency"
)

// Names of accounts in transit that are no rails.
const (
	refunds      = "refunds"
	stripePayout = "stripe-payout"
)

// The constructors below take ids as they are and never fail: ids are made by us,
// or checked where they come in. From an id that is no Segment they make a path
// that Parse refuses, and so does the ledger: no id leads to an account of another
// kind or of somebody else.

// Stripe is the money that the payment processor holds for us.
func Stripe() string { return path(ClassAsset, "stripe") }

// Bank is the money on the bank account with an id.
func Bank(id string) string { return path(ClassAsset, "bank", id) }

// Cash is what a courier holds; holder is a pseudonym.
func Cash(holder string) string { return path(ClassAsset, "cash", holder) }

// FundClearing is what a fund has received and may not spend yet.
func FundClearing(fund string) string { return path(ClassFund, fund, "clearing") }

// FundAvailable is what a fund may spend.
func FundAvailable(fund string) string { return path(ClassFund, fund, "available") }

// Round is what a round holds of a fund.
func Round(id, fund string) string { return path(ClassRound, id, fund) }

// Award is what is set aside for one cycle of an aid request.
func Award(id string) string { return path(ClassAward, id) }

// Transit is what a rail has been handed and not settled. No rail may be called
// as the two accounts below are.
func Transit(rail string) string {
	if rail == refunds || rail == stripePayout {
		return path(ClassTransit, "")
	}
	return path(ClassTransit, rail)
}

// TransitRefunds is what we have asked Stripe to give back.
func TransitRefunds() string { return path(ClassTransit, refunds) }

// TransitStripePayout is what is on its way from Stripe to the bank.
func TransitStripePayout() string { return path(ClassTransit, stripePayout) }

// Deficit is what happened to a fund without money to carry it.
func Deficit(fund string) string { return path(ClassDeficit, fund) }

// SuspenseBank is what nobody can explain on a bank account.
func SuspenseBank(id string) string { return path(ClassSuspense, "bank", id) }

// SuspenseStripe is what nobody can explain at Stripe.
func SuspenseStripe() string { return path(ClassSuspense, "stripe") }

// FX is money that is being changed out of one currency into another one.
func FX(from, to string) string { return path(ClassFX, from, to) }

// FXGainLoss is what changing money has won or cost.
func FXGainLoss() string { return path(ClassFX, "gain_loss") }

// EquityOpening is what was there when the books were opened.
func EquityOpening() string { return path(ClassEquity, "opening") }

// path joins a class and its parts. A colon in an id would begin another part, so
// it becomes a character that no path has.
func path(class Class, parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, ":", "?")
	}
	return string(class) + ":" + strings.Join(parts, ":")
}
