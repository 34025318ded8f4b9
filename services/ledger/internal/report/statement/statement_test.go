package statement_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

func TestAccountsAreSummedUpInPools(t *testing.T) {
	t.Parallel()
	entries := func(paths ...string) *leaf.Transaction {
		tx := &leaf.Transaction{}
		for i, p := range paths {
			side := leaf.Debit
			if i == len(paths)-1 {
				side = leaf.Credit
			}
			tx.Entries = append(tx.Entries, leaf.Entry{Account: p, Side: side})
		}
		return tx
	}
	for want, tx := range map[string]*leaf.Transaction{
		"award:*:general":        entries("round:r_1:general", "award:w_1"),
		"award:*:emergency":      entries("fund:emergency:available", "award:w_1"),
		"award:*:near":           entries("round:r_1:far", "round:r_1:near", "award:w_1"),
		"award:*":                entries("transit:sepa", "award:w_1"),
		"round:*:general":        entries("fund:general:available", "round:r_1:general"),
		"asset:cash:*":           entries("asset:bank:main", "asset:cash:c_1"),
		"asset:bank:main":        entries("asset:cash:c_1", "asset:bank:main"),
		"fund:general:available": entries("fund:general:clearing", "fund:general:available"),
		"suspense:bank:main":     entries("asset:bank:main", "suspense:bank:main"),
		"fx:EUR:PLN":             entries("award:w_1", "fx:EUR:PLN"),
	} {
		if got := statement.Pool(tx, len(tx.Entries)-1); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestFundsAreWhatIsThereForThePurpose(t *testing.T) {
	t.Parallel()
	for pool, ours := range map[string]bool{
		"fund:general:available": true, "round:*:general": true, "award:*:general": true, "transit:sepa": true,
		"deficit:general": true, "equity:opening": true, "fx:gain_loss": true,
		"asset:stripe": false, "asset:cash:*": false, "transit:stripe-payout": false, "transit:refunds": false,
		"suspense:bank:main": false, "fx:EUR:PLN": false,
	} {
		if statement.Ours(pool) != ours {
			t.Errorf("%s: %t", pool, !ours)
		}
	}
}

// A year in small: gifts of 1000 with a fee of 30, interest 5, aid of 400 settled
// of which 100 came back short of 2, a lost dispute of 50.
func TestIncomeStatementByFunction(t *testing.T) {
	t.Parallel()
	move := func(kind leaf.Kind, from, to string, minor int64) []statement.Total {
		return []statement.Total{
			{Pool: from, Currency: "EUR", Kind: kind, Within: -minor}, {Pool: to, Currency: "EUR", Kind: kind, Within: minor},
		}
	}
	var totals []statement.Total
	for _, more := range [][]statement.Total{
		{{Pool: "asset:bank:main", Currency: "EUR", Kind: leaf.Donation, Before: -70}, {Pool: "fund:general:available", Currency: "EUR", Kind: leaf.Donation, Before: 70}},
		move(leaf.Donation, "asset:stripe", "fund:general:clearing", 1000),
		move(leaf.ProcessingFee, "fund:general:clearing", "asset:stripe", 30),
		move(leaf.Interest, "asset:bank:main", "fund:operations:available", 5),
		move(leaf.RoundHold, "fund:general:available", "round:*:general", 500),
		move(leaf.AttemptSubmitted, "award:*:general", "transit:sepa", 450),
		move(leaf.AttemptSettled, "transit:sepa", "asset:bank:main", 400),
		move(leaf.AttemptReturned, "asset:bank:main", "award:*:general", 98),
		move(leaf.AttemptReturned, "fund:operations:available", "award:*:general", 2),
		move(leaf.Dispute, "fund:general:available", "asset:stripe", 50),
	} {
		totals = append(totals, more...)
	}
	got := statement.IncomeOf(totals)
	if len(got) != 1 || !got[0].AddsUp() {
		t.Fatalf("got %+v", got)
	}
	want := []statement.Amount{
		{Line: rule.LineGifts, Minor: 1000}, {Line: rule.LineInterest, Minor: 5}, {Line: rule.LineAidPaid, Minor: 300},
		{Line: rule.LineBankCharges, Minor: 2}, {Line: rule.LineProcessingFees, Minor: 30}, {Line: rule.LineDisputes, Minor: 50},
	}
	if diff := cmp.Diff(want, got[0].Lines); diff != "" {
		t.Error(diff)
	}
	if s := got[0]; s.Opening != 70 || s.Closing != 693 || s.Expense() != 382 || s.Sections[rule.SectionProgramme] != 300 {
		t.Errorf("got %+v", s)
	}
}

func TestBooksThatDoNotBalanceDoNotAddUp(t *testing.T) {
	t.Parallel()
	got := statement.IncomeOf([]statement.Total{
		{Pool: "asset:stripe", Currency: "EUR", Kind: leaf.Donation, Within: -9},
		{Pool: "fund:general:clearing", Currency: "EUR", Kind: leaf.Donation, Within: 10},
	})
	if len(got) != 1 || got[0].AddsUp() {
		t.Errorf("got %+v", got)
	}
}
