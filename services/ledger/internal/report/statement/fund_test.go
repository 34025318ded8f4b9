package statement_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// on is what a kind has moved in a pool in the period.
func on(pool string, kind leaf.Kind, minor int64) statement.Total {
	return statement.Total{Pool: pool, Currency: "EUR", Kind: kind, Within: minor}
}

func TestAYearOfAFund(t *testing.T) {
	t.Parallel()
	const clearing, available, awards = "fund:a:clearing", "fund:a:available", "award:*:a"
	totals := []statement.Total{
		{Pool: available, Currency: "EUR", Kind: leaf.Donation, Before: 40},
		on(clearing, leaf.Donation, 1000), on(available, leaf.BankGift, 200),
		on(clearing, leaf.ProcessingFee, -30), on("deficit:a", leaf.BankCharge, -5),
		on(clearing, leaf.Clearing, -900), on(available, leaf.Clearing, 900),
		on(available, leaf.RefundStarted, -50), on(available, leaf.DisputeWon, 20),
		on(available, leaf.RoundHold, -600), on(available, leaf.RoundRelease, 100), on(available, leaf.AwardCancelled, 40),
		on(available, leaf.Transfer, 7),
		on(awards, leaf.RoundAward, 500), on(awards, leaf.AttemptSubmitted, -450), on(awards, leaf.AttemptFailed, 50),
		on(awards, leaf.AttemptReturned, 30),
	}
	want := []statement.Fund{{
		Currency: "EUR", Opening: 40, Received: 1200, Fees: 35, TakenBack: 30, Awarded: 600, Released: 140,
		Other: 7, Cleared: 900, Paid: 400, Returned: 30, Closing: 722,
	}}
	if diff := cmp.Diff(want, statement.FundOf(totals)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever is booked, whichever kind it has: a fund's statement adds up, and each
// kind counts on the line of its row.
func TestAFundsStatementAlwaysAddsUp(t *testing.T) {
	t.Parallel()
	pools := []string{"fund:a:clearing", "fund:a:available", "deficit:a", "award:*:a"}
	rapid.Check(t, func(t *rapid.T) {
		byLine := map[rule.FundLine]int64{}
		var totals []statement.Total
		var opening, closing int64
		for range rapid.IntRange(1, 30).Draw(t, "totals") {
			total := on(rapid.SampledFrom(pools).Draw(t, "pool"),
				leaf.Kind(rapid.IntRange(1, len(rule.Transactions())).Draw(t, "kind")), rapid.Int64Range(-99, 99).Draw(t, "within"))
			total.Before = rapid.Int64Range(-99, 99).Draw(t, "before")
			totals = append(totals, total)
			if total.Pool != "award:*:a" {
				opening, closing = opening+total.Before, closing+total.Before+total.Within
				byLine[rule.Of(total.Kind).Fund] += total.Within
			}
		}
		f := statement.FundOf(totals)[0]
		if f.Opening != opening || f.Closing != closing ||
			f.Opening+f.Received+f.Released+f.Other-f.Fees-f.TakenBack-f.Awarded != f.Closing {
			t.Fatalf("does not add up: %+v, opening %d, closing %d", f, opening, closing)
		}
		for line, got := range map[rule.FundLine]int64{
			rule.FundReceived: f.Received, rule.FundFees: -f.Fees, rule.FundTakenBack: -f.TakenBack,
			rule.FundAwarded: -f.Awarded, rule.FundReleased: f.Released,
		} {
			if got != byLine[line] {
				t.Fatalf("%s: %d, want %d", line, got, byLine[line])
			}
		}
	})
}

func TestEachCurrencyHasAStatementOfItsOwn(t *testing.T) {
	t.Parallel()
	totals := []statement.Total{
		{Pool: "fund:a:available", Currency: "PLN", Kind: leaf.BankGift, Within: 3}, on("fund:a:available", leaf.BankGift, 2),
	}
	want := []statement.Fund{{Currency: "EUR", Received: 2, Closing: 2}, {Currency: "PLN", Received: 3, Closing: 3}}
	if diff := cmp.Diff(want, statement.FundOf(totals)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := statement.FundOf(nil); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestPositionsSayOnWhichSideMoneyStands(t *testing.T) {
	t.Parallel()
	totals := []statement.Total{
		on("fund:a:available", leaf.Donation, 60), on("transit:sepa", leaf.AttemptSubmitted, 40), on("fx:gain_loss", leaf.FX, 5),
		on("asset:bank:main", leaf.Donation, -70), on("transit:stripe-payout", leaf.StripePayout, -20), on("transit:refunds", leaf.RefundStarted, 5),
		on("fx:EUR:PLN", leaf.FX, -21), on("suspense:stripe", leaf.Suspense, 1),
	}
	want := []statement.Position{
		{Name: "fund", Ours: true, Minor: 60}, {Name: "transit", Ours: true, Minor: 40}, {Name: "exchange", Ours: true, Minor: 5},
		{Name: "asset", Minor: -70}, {Name: "payout", Minor: -20}, {Name: "refund", Minor: 5},
		{Name: "suspense", Minor: 1}, {Name: "changing", Minor: -21},
	}
	got := statement.IncomeOf(totals)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	if diff := cmp.Diff(want, got[0].Positions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
