package posting_test

import (
	"maps"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// net is what a draft's entries do to each account, in all currencies.
func net(d *ledgerv1.TransactionDraft) map[string]int64 {
	out := map[string]int64{}
	for _, e := range d.GetEntries() {
		n := e.GetAmount().GetMinorUnits()
		if e.GetSide() == ledgerv1.Side_SIDE_DEBIT {
			n = -n
		}
		out[e.GetAmount().GetCurrencyCode()+" "+e.GetAccount()] += n
	}
	return out
}

func TestAWonDisputeGoesBackLastFirst(t *testing.T) {
	t.Parallel()
	taken := []posting.Part{
		{Account: account.FundClearing("a"), Minor: 30}, {Account: account.FundAvailable("a"), Minor: 50}, {Account: account.Deficit("a"), Minor: 20},
	}
	for won, want := range map[int64]map[string]int64{
		15:  {"EUR asset:stripe": -15, "EUR deficit:a": 15},
		60:  {"EUR asset:stripe": -60, "EUR deficit:a": 20, "EUR fund:a:available": 40},
		100: {"EUR asset:stripe": -100, "EUR deficit:a": 20, "EUR fund:a:available": 50, "EUR fund:a:clearing": 30},
		104: {"EUR asset:stripe": -104, "EUR deficit:a": 20, "EUR fund:a:available": 50, "EUR fund:a:clearing": 34},
	} {
		d := posting.DisputeWon(posting.Won{Key: "k", Donation: "d_1", Dispute: "dp_1", On: today, Amount: postingtest.EUR(won), Taken: taken})
		if got := net(d); !maps.Equal(got, want) {
			t.Errorf("%d came back: %v, want %v", won, got, want)
		}
	}
}

func TestAReturnGivesTheAwardsAllOfIt(t *testing.T) {
	t.Parallel()
	for arrived, want := range map[int64]map[string]int64{
		500: {"EUR asset:cash:h": -500, "EUR award:w_1": 500},
		480: {"EUR asset:cash:h": -480, "EUR award:w_1": 500},
		0:   {"EUR award:w_1": 500},
	} {
		d := posting.AttemptReturned(attempt(1, 500), account.Cash("h"), arrived)
		if got := net(d); !maps.Equal(got, want) {
			t.Errorf("%d arrived: %v, want %v", arrived, got, want)
		}
		var lacks int64
		for _, s := range d.GetSources() {
			lacks += s.GetAmount().GetMinorUnits()
		}
		if lacks != 500-arrived {
			t.Errorf("%d arrived: sources carry %d", arrived, lacks)
		}
	}
}

func TestChangedMoneyBalancesInEachCurrency(t *testing.T) {
	t.Parallel()
	for gain, want := range map[int64]map[string]int64{
		0:  {"EUR award:w_1": -500, "EUR fx:EUR:PLN": 500, "PLN fx:EUR:PLN": -2100, "PLN transit:sepa": 2100},
		7:  {"EUR award:w_1": -500, "EUR fx:EUR:PLN": 493, "EUR fx:gain_loss": 7, "PLN fx:EUR:PLN": -2100, "PLN transit:sepa": 2100},
		-3: {"EUR award:w_1": -500, "EUR fx:EUR:PLN": 503, "EUR fx:gain_loss": -3, "PLN fx:EUR:PLN": -2100, "PLN transit:sepa": 2100},
	} {
		d := posting.FX(posting.Exchange{Attempt: attempt(1, 500), Got: money.Amount{MinorUnits: 2100, Currency: "PLN"}, Gain: gain})
		if got := net(d); !maps.Equal(got, want) {
			t.Errorf("gain %d: %v, want %v", gain, got, want)
		}
		if r := d.GetRate(); r.GetFromCurrencyCode() != "EUR" || r.GetToCurrencyCode() != "PLN" {
			t.Errorf("rate from %s to %s", r.GetFromCurrencyCode(), r.GetToCurrencyCode())
		}
	}
}

// What we decide ourselves is refused where there is no money; what happened
// outside is booked all the same.
func TestOnlyOurOwnDecisionsCanLackMoney(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	parts := []posting.FundPart{{Fund: "food", Minor: 300_000}}
	refund := posting.RefundStarted(posting.Refund{ID: "rf_9", Donation: "d_1", On: today, Amount: postingtest.EUR(300_000), Funds: parts})
	if err := b.post("donations", refund); err == nil {
		t.Error("a refund without money was booked")
	}
	taking := posting.StripeTaking(posting.Taking{Key: "k9", Source: resource.StripeItem.Of("si_9"), On: today, Amount: postingtest.EUR(300_000), Funds: parts})
	if err := b.post("donations", taking); err != nil || b.Balance(account.Deficit("food")) != -200_000 {
		t.Errorf("a taking: %v, deficit %d", err, b.Balance(account.Deficit("food")))
	}
}

// What a fund has got for good goes back out of what it has for good: a gift of somebody
// else that waits in its clearing is left alone, and clears.
func TestWhatHasClearedDoesNotGoBackOutOfTheGiftsOfOthers(t *testing.T) {
	t.Parallel()
	for cleared, want := range map[bool]int64{false: -200, true: 0} {
		b := newBooks(t)
		given := posting.Gift{Key: "k1", Donation: "d_1", On: today, Gross: postingtest.EUR(500), Credits: []posting.Part{{Account: account.FundClearing("legal"), Minor: 500}}}
		if err := b.post("donations", posting.Donation(given)); err != nil {
			t.Fatal(err)
		}
		d := posting.Dispute(posting.Taking{Key: "k2", Source: resource.Dispute.Of("d_9", "dp_1"), On: today, Amount: postingtest.EUR(200),
			Funds: []posting.FundPart{{Fund: "legal", Minor: 200, Cleared: cleared}}})
		if got := b.moved("donations", d)["fund:legal:clearing"]; got != want {
			t.Errorf("cleared %v: the clearing moved by %d, want %d", cleared, got, want)
		}
	}
}
