package book_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// committed returns books with a decided round "r_1", a fund "general" with 500
// and whatever else was posted.
func committed(t *testing.T, others ...book.Draft) *book.Books {
	t.Helper()
	b := newBooks()
	must(t, b, append([]book.Draft{
		booktest.Draft(leaf.BankGift, "opening", booktest.Debit("asset:bank:main", 500), booktest.Credit("fund:general:available", 500)),
	}, others...)...)
	u, err := book.NewUnit([]book.Decision{
		{Reference: "s", Kind: leaf.DecisionRoundSnapshot, Resource: "allocationRounds/r_1", Person: "staff/s_1", Day: today},
		{Reference: "c", Kind: leaf.DecisionRoundCommitted, Resource: "allocationRounds/r_1", Person: "staff/s_2", Day: today},
	}, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(u); err != nil {
		t.Fatal(err)
	}
	return b
}

func hold(reference string) book.Draft {
	return booktest.Draft(leaf.RoundHold, reference, booktest.Debit("fund:general:available", 100), booktest.Credit("round:r_1:general", 100))
}

func fee(fund string) book.Draft {
	return booktest.Draft(leaf.ProcessingFee, "fee", booktest.Debit("deficit:"+fund, 100_01), booktest.Credit("asset:stripe", 100_01))
}

func TestAFundInDeficitHoldsNothing(t *testing.T) {
	t.Parallel()
	b := committed(t, fee("general"))
	_, err := apply(t, b, hold("h"))
	wantFault(t, err, book.FundInDeficit, "transactions[0].entries[0]")
	if net(b, "fund:general:available") != 500 {
		t.Error("the refused hold has moved money")
	}
	must(t, b, booktest.Draft(leaf.DisputeWon, "cover", booktest.Debit("asset:stripe", 1), booktest.Credit("deficit:general", 1)))
	must(t, b, hold("h"))
}

func TestAFundInDeficitIsNoSourceOfAHold(t *testing.T) {
	t.Parallel()
	b := committed(t, fee("general"))
	d := booktest.Draft(leaf.RoundHold, "h", booktest.Credit("round:r_1:general", 100))
	d.Sources = []book.Sources{{Accounts: []string{"fund:general:available"}, Amount: postingtest.EUR(100)}}
	_, err := apply(t, b, d)
	wantFault(t, err, book.FundInDeficit, "transactions[0].sources[0]")
}

func TestAnotherFundsDeficitBlocksNothing(t *testing.T) {
	t.Parallel()
	must(t, committed(t, fee("operations")), hold("h"))
}

func TestAHoldAsksForTheDeficit(t *testing.T) {
	t.Parallel()
	u, err := book.NewUnit(nil, []book.Draft{hold("h")}, today)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[leaf.Account]bool{}
	u.Accounts(func(a leaf.Account) { asked[a] = true })
	if !asked[leaf.Account{Path: "deficit:general", Currency: "EUR"}] {
		t.Errorf("asked for %v", asked)
	}
}

// Only what has happened outside is booked whether or not there is money for it.
func TestADecisionOfOursHasNoDeficitToDrawOn(t *testing.T) {
	t.Parallel()
	sourced := func(kind leaf.Kind) error {
		d := booktest.Draft(kind, "d", booktest.Credit("asset:stripe", 10))
		d.Sources = []book.Sources{{Accounts: []string{"fund:general:available", "deficit:general"}, Amount: postingtest.EUR(10)}}
		_, err := book.NewUnit(nil, []book.Draft{d}, today)
		return err
	}
	for _, kind := range []leaf.Kind{leaf.ProcessingFee, leaf.Dispute, leaf.StripeTaking, leaf.BankCharge, leaf.CashLost} {
		if err := sourced(kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, kind := range []leaf.Kind{leaf.RefundStarted, leaf.Transfer, leaf.CashAdvance, leaf.Suspense} {
		wantFault(t, sourced(kind), "WRONG_KIND", "transactions[0].sources[0].accounts[1]")
	}
}
