package posting_test

import (
	"maps"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// general is an amount of the general fund, w1 and w2 of its awards.
func general(minor int64) []posting.FundPart {
	return []posting.FundPart{{Fund: "general", Minor: minor}}
}
func w1(minor int64) []posting.AwardPart { return []posting.AwardPart{{Award: "w_1", Minor: minor}} }

func attempt(n int, minor int64) posting.Attempt {
	return posting.Attempt{Plan: "p_1", Payment: "y_1", Number: n, Rail: "sepa", On: today, Amount: postingtest.EUR(minor), Awards: w1(minor)}
}

// booking is what one draft does to the books, after those before it in the list.
type booking struct {
	service string // empty for two people in the ledger itself
	draft   *ledgerv1.TransactionDraft
	source  string
	want    map[string]int64
}

// bookings has at least one of each kind.
func bookings() []booking {
	var all []booking
	for _, part := range [][]booking{gifts(), takings(), payouts(), aid(), attempts(), cash(), byBanks(), byPeople()} {
		all = append(all, part...)
	}
	return all
}

func gifts() []booking {
	return []booking{
		{"donations", posting.Donation(posting.Gift{
			Key: "k1", Donation: "d_1", On: today, Gross: postingtest.EUR(1000),
			Credits: []posting.Part{{Account: account.FundClearing("general"), Minor: 900}, {Account: account.FundAvailable(account.OperationsFund), Minor: 100}},
		}), "donations/d_1", map[string]int64{"asset:stripe": -1000, "fund:general:clearing": 900, "fund:operations:available": 100}},
		{"donations", posting.ProcessingFee(posting.Fee{
			Key: "k1", Donation: "d_1", On: today, Amount: postingtest.EUR(1000),
			Draws: []posting.Draw{{Accounts: account.FeeSources("general"), Minor: 950}, {Accounts: account.PromisedFeeSources("food"), Minor: 50}},
		}), "donations/d_1", map[string]int64{"asset:stripe": 1000, "fund:general:clearing": -900, "deficit:general": -50, "fund:operations:available": -50}},
		{"donations", posting.BankGift(posting.GiftByBank{
			Line: "l_1", BankGift: "bg_1", Bank: "main", On: today, Amount: postingtest.EUR(500),
			Credits: []posting.Part{{Account: account.FundClearing("general"), Minor: 500}},
		}), "bankGifts/bg_1", map[string]int64{"asset:bank:main": -500, "fund:general:clearing": 500}},
		{"donations", posting.Clearing(posting.Cleared{Run: "c_1", Fund: "general", On: today, Amount: postingtest.EUR(200)}), "clearingRuns/c_1",
			map[string]int64{"fund:general:clearing": -200, "fund:general:available": 200}},
		{"donations", posting.FundRelease(posting.Unneeded{ID: "x_1", From: "general", To: "food", On: today, Amount: postingtest.EUR(7)}), "funds/general",
			map[string]int64{"fund:general:available": -7, "fund:food:available": 7}},
	}
}

func takings() []booking {
	refund := posting.Refund{ID: "rf_1", Donation: "d_1", On: today, Amount: postingtest.EUR(400), Funds: general(400)}
	dispute := posting.Taking{Key: "k2", Source: resource.Dispute.Of("d_1", "dp_1"), On: today, Amount: postingtest.EUR(30), Funds: []posting.FundPart{{Fund: "empty", Minor: 30}}}
	taking := posting.Taking{Key: "k3", Source: resource.StripeItem.Of("si_1"), On: today, Amount: postingtest.EUR(300_000), Funds: []posting.FundPart{{Fund: "food", Minor: 300_000}}}
	return []booking{
		{"donations", posting.RefundStarted(refund), "donations/d_1/refunds/rf_1",
			map[string]int64{"fund:general:clearing": -300, "fund:general:available": -100, "transit:refunds": 400}},
		{"donations", posting.RefundConfirmed(refund), "donations/d_1/refunds/rf_1", map[string]int64{"transit:refunds": -400, "asset:stripe": 400}},
		{"donations", posting.Dispute(dispute), "donations/d_1/disputes/dp_1", map[string]int64{"fund:reserve:available": -30, "asset:stripe": 30}},
		{"donations", posting.DisputeWon(posting.Won{
			Key: "k4", Donation: "d_1", Dispute: "dp_1", On: today, Amount: postingtest.EUR(30), Taken: []posting.Part{{Account: account.FundAvailable(account.ReserveFund), Minor: 30}},
		}), "donations/d_1/disputes/dp_1", map[string]int64{"fund:reserve:available": 30, "asset:stripe": -30}},
		{"donations", posting.StripeTaking(taking), "stripeItems/si_1",
			map[string]int64{"fund:food:available": -7, "fund:reserve:available": -100_000, "deficit:food": -199_993, "asset:stripe": 300_000}},
		{"donations", posting.DeficitCovered(posting.Covered{ID: "dc_1", Fund: "general", On: today, Amount: postingtest.EUR(20)}), "funds/general",
			map[string]int64{"fund:operations:available": -20, "deficit:general": 20}},
	}
}

func payouts() []booking {
	payout := func(key string) posting.Payout {
		return posting.Payout{Key: key, ID: "po_1", On: today, Amount: postingtest.EUR(600)}
	}
	return []booking{
		{"donations", posting.StripePayout(payout("k5")), "stripePayouts/po_1", map[string]int64{"transit:stripe-payout": -600, "asset:stripe": 600}},
		{"donations", posting.StripePayoutArrived(payout("k5"), "main"), "stripePayouts/po_1", map[string]int64{"transit:stripe-payout": 600, "asset:bank:main": -600}},
		{"donations", posting.StripePayout(payout("k6")), "stripePayouts/po_1", map[string]int64{"transit:stripe-payout": -600, "asset:stripe": 600}},
		{"donations", posting.Reversal(reference.Payout("k6"), resource.StripePayout.Of("po_1"), today), "stripePayouts/po_1",
			map[string]int64{"transit:stripe-payout": 600, "asset:stripe": -600}},
		{"donations", posting.StripeSuspense(posting.UnknownItem{Key: "k7", ID: "si_2", On: today, Amount: postingtest.EUR(5), In: true}), "stripeItems/si_2",
			map[string]int64{"asset:stripe": -5, "suspense:stripe": 5}},
	}
}

func aid() []booking {
	round := posting.RoundMoney{Round: "r_1", On: today, Currency: "EUR"}
	hold, rest := round, round
	hold.Funds, rest.Funds = []posting.FundPart{{Fund: "emergency", Minor: 40_000}}, []posting.FundPart{{Fund: "emergency", Minor: 10_000}}
	award := posting.AwardMoney{Award: "w_1", Fund: "emergency", On: today, Amount: postingtest.EUR(30_000)}
	grant := posting.AwardMoney{Award: "w_2", On: today, Amount: postingtest.EUR(300)}
	back := posting.AwardMoney{Award: "w_2", Fund: "emergency", On: today, Amount: postingtest.EUR(300)}
	return []booking{
		{"disbursements", posting.RoundHold(hold), "allocationRounds/r_1", map[string]int64{"fund:emergency:available": -40_000, "round:r_1:emergency": 40_000}},
		{"disbursements", posting.RoundAward("r_1", award), "allocationRounds/r_1", map[string]int64{"round:r_1:emergency": -30_000, "award:w_1": 30_000}},
		{"disbursements", posting.RoundRelease(rest), "allocationRounds/r_1", map[string]int64{"round:r_1:emergency": -10_000, "fund:emergency:available": 10_000}},
		{"disbursements", posting.EmergencyGrant("e_1", grant), "emergencyGrants/e_1", map[string]int64{"fund:emergency:available": -300, "award:w_2": 300}},
		{"disbursements", posting.AwardCancelled(back), "awards/w_2", map[string]int64{"award:w_2": -300, "fund:emergency:available": 300}},
	}
}

func attempts() []booking {
	const payment = "paymentPlans/p_1/payments/y_1"
	changed := posting.Exchange{
		Attempt: attempt(3, 1000), Got: money.Amount{MinorUnits: 4300, Currency: "PLN"},
		Rate: posting.Rate{Value: 43, Scale: 1, Publisher: "ecb", Day: today}, Gain: -5,
	}
	return []booking{
		{"disbursements", posting.AttemptSubmitted(attempt(1, 5000)), payment, map[string]int64{"award:w_1": -5000, "transit:sepa": 5000}},
		{"disbursements", posting.AttemptFailed(attempt(1, 5000)), payment, map[string]int64{"award:w_1": 5000, "transit:sepa": -5000}},
		{"disbursements", posting.AttemptSubmitted(attempt(2, 5000)), payment, map[string]int64{"award:w_1": -5000, "transit:sepa": 5000}},
		{"disbursements", posting.AttemptSettled(attempt(2, 5000), account.Bank("main")), payment, map[string]int64{"transit:sepa": -5000, "asset:bank:main": 5000}},
		{"disbursements", posting.AttemptReturned(attempt(2, 5000), account.Bank("main"), 4900), payment,
			map[string]int64{"asset:bank:main": -4900, "award:w_1": 5000, "fund:operations:available": -100}},
		{"disbursements", posting.FX(changed), payment, map[string]int64{"award:w_1": -1000, "fx:EUR:PLN": 1005, "fx:gain_loss": -5}},
	}
}

func cash() []booking {
	by := func(id, debit, credit string, minor int64) posting.ByPeople {
		return posting.ByPeople{Adjustment: id, On: today, Debit: debit, Credit: credit, Amount: postingtest.EUR(minor)}
	}
	const courier, bank = "asset:cash:h_1", "asset:bank:main"
	return []booking{
		{"", posting.CashAdvance(by("c_1", courier, bank, 700)), "ledger/adjustments/c_1", map[string]int64{courier: -700, bank: 700}},
		{"", posting.CashRest(by("c_2", bank, courier, 200)), "ledger/adjustments/c_2", map[string]int64{courier: 200, bank: -200}},
		{"", posting.CashLost(by("c_3", "", courier, 500)), "ledger/adjustments/c_3", map[string]int64{courier: 500, "deficit:reserve": -500}},
	}
}

func byBanks() []booking {
	line := func(id string) posting.BankLine {
		return posting.BankLine{ID: id, Statement: "st_1", Bank: "main", On: today, Amount: postingtest.EUR(11)}
	}
	return []booking{
		{"disbursements", posting.BankCharge(line("l_2")), "statements/st_1", map[string]int64{"asset:bank:main": 11, "fund:operations:available": -11}},
		{"disbursements", posting.Interest(line("l_3")), "statements/st_1", map[string]int64{"asset:bank:main": -11, "fund:operations:available": 11}},
		{"disbursements", posting.BankSuspense(posting.UnknownLine{ID: "l_4", Bank: "main", On: today, Amount: postingtest.EUR(9), In: true}), "unmatchedLines/l_4",
			map[string]int64{"asset:bank:main": -9, "suspense:bank:main": 9}},
		{"disbursements", posting.BankSuspense(posting.UnknownLine{ID: "l_5", Bank: "main", On: today, Amount: postingtest.EUR(4)}), "unmatchedLines/l_5",
			map[string]int64{"asset:bank:main": 4, "suspense:bank:main": -4}},
		{"disbursements", posting.GapSuspense(posting.Gap{ID: "sg_1", Statement: "st_2", Bank: "main", On: today, Amount: postingtest.EUR(3)}), "statements/st_2",
			map[string]int64{"asset:bank:main": 3, "suspense:bank:main": -3}},
		{"disbursements", posting.GapFilled(posting.Gap{ID: "sg_1", Statement: "st_2", Bank: "main", On: today, Amount: postingtest.EUR(3)}), "statements/st_2",
			map[string]int64{"asset:bank:main": -3, "suspense:bank:main": 3}},
	}
}

func byPeople() []booking {
	by := func(id, debit, credit string) posting.ByPeople {
		return posting.ByPeople{Adjustment: id, On: today, Debit: debit, Credit: credit, Amount: postingtest.EUR(5)}
	}
	bank, operations := account.Bank("main"), account.FundAvailable(account.OperationsFund)
	return []booking{
		{"", posting.OpeningBalance(by("1", bank, account.EquityOpening())), "ledger/adjustments/1", map[string]int64{"asset:bank:main": -5, "equity:opening": 5}},
		{"", posting.Transfer(by("2", operations, account.Deficit("general"))), "ledger/adjustments/2", map[string]int64{"fund:operations:available": -5, "deficit:general": 5}},
		{"", posting.RunningCost(by("3", "", bank)), "ledger/adjustments/3", map[string]int64{"fund:operations:available": -5, "asset:bank:main": 5}},
		{"", posting.SuspenseCleared(by("4", account.SuspenseBank("main"), bank)), "ledger/adjustments/4", map[string]int64{"suspense:bank:main": -5, "asset:bank:main": 5}},
	}
}

// Each draft is booked by the real rules, moves what the table of the documents
// says, and names what caused it; there is one of every kind of the contract.
func TestEachKindIsBookedByTheRealRules(t *testing.T) {
	t.Parallel()
	b, seen := newBooks(t), map[ledgerv1.TransactionKind]bool{}
	for _, c := range bookings() {
		if got := b.moved(c.service, c.draft); !maps.Equal(got, c.want) {
			t.Errorf("%s moved %v, want %v", c.draft.GetReference(), got, c.want)
		}
		if c.draft.GetSource() != c.source || c.draft.GetOccurredOn() != today {
			t.Errorf("%s came from %s on %s", c.draft.GetReference(), c.draft.GetSource(), c.draft.GetOccurredOn())
		}
		seen[c.draft.GetKind()] = true
	}
	for number, name := range ledgerv1.TransactionKind_name {
		if kind := ledgerv1.TransactionKind(number); number != 0 && !seen[kind] {
			t.Errorf("nothing was booked of %s", name)
		}
	}
}

// Every fact is booked once, whoever repeats it.
func TestARepeatedDraftIsBookedOnce(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	for _, c := range bookings() {
		b.moved(c.service, c.draft)
	}
	n := len(b.Transactions())
	for _, c := range bookings() {
		if got := b.moved(c.service, c.draft); len(got) != 0 {
			t.Errorf("%s was booked again: %v", c.draft.GetReference(), got)
		}
	}
	if again := len(b.Transactions()); again != n || n != len(bookings()) {
		t.Errorf("%d transactions after the repeat, %d before, want %d", again, n, len(bookings()))
	}
}
