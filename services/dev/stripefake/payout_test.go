package stripefake_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

func (b *bench) payouts(t *testing.T) (all []*stripe.Payout) {
	t.Helper()
	for list := b.api.Payouts.List(nil); list.Next(); {
		all = append(all, list.Payout())
	}
	return all
}

// contents adds up the transactions of a payout, without its own.
func (b *bench) contents(t *testing.T, payout string) (net int64, count int) {
	t.Helper()
	list := b.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: stripe.String(payout)})
	for list.Next() {
		if txn := list.BalanceTransaction(); txn.Type != "payout" {
			net, count = net+txn.Net, count+1
		}
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return net, count
}

func TestEachDayWhatIsAvailableIsPaidOut(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.SetAccount(stripefake.Account{DailyPayouts: true})
	b.paid(t, 5000)
	b.pass(day)
	ch := b.paid(t, 1000)
	b.trigger(t, stripefake.Trigger{Kind: "refund", Object: ch.ID, Amount: 300})
	if got := b.payouts(t); len(got) != 0 {
		t.Fatalf("paid out what is not available: %+v", got[0])
	}
	b.pass(7 * day)
	got := b.payouts(t)
	if len(got) != 1 || got[0].Status != "in_transit" || !got[0].Automatic || got[0].Amount != 4900-300 {
		t.Fatalf("%+v", got)
	}
	if at := time.Unix(got[0].ArrivalDate, 0).UTC(); at.Sub(at.Truncate(day)) != 0 {
		t.Errorf("it arrives at %v", at)
	}
	if net, count := b.contents(t, got[0].ID); net != got[0].Amount || count != 2 {
		t.Errorf("%d in %d transactions", net, count)
	}
	b.pass(2 * day)
	got = b.payouts(t)
	if len(got) != 2 || got[1].Status != "paid" || got[0].Amount != 960 {
		t.Errorf("%+v", got)
	}
	b.SetAccount(stripefake.Account{})
	b.paid(t, 2000)
	b.pass(30 * day)
	if got := b.payouts(t); len(got) != 2 {
		t.Errorf("%d payouts after they were switched off", len(got))
	}
}

func TestAPayoutThatFailsIsInTheNextOne(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	first := b.trigger(t, stripefake.Trigger{Kind: "payout", Days: 2})
	if _, err := b.Trigger(stripefake.Trigger{Kind: "payout"}); err == nil {
		t.Fatal("paid out twice")
	}
	b.pass(2 * day)
	b.trigger(t, stripefake.Trigger{Kind: "payout.fail", Object: first})
	p, err := b.api.Payouts.Get(first, nil)
	if err != nil || p.Status != "failed" || p.FailureCode != "account_closed" || p.FailureBalanceTransaction == nil {
		t.Fatalf("%+v, %v", p, err)
	}
	if categories, net := b.movements(t, first); categories != "payout payout_reversal" || net != 0 {
		t.Errorf("%s, %d", categories, net)
	}
	if net, count := b.contents(t, b.trigger(t, stripefake.Trigger{Kind: "payout"})); net != 4900 || count != 1 {
		t.Errorf("the next has %d in %d transactions", net, count)
	}
	if events := b.kinds(t, "payout."); events != "created paid failed created paid" {
		t.Error(events)
	}
}

func TestAPayoutIsCalledBackOnItsWayOnly(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	id := b.trigger(t, stripefake.Trigger{Kind: "payout", Days: 2})
	if p, err := b.api.Payouts.Cancel(id, nil); err != nil || p.Status != "canceled" {
		t.Fatalf("%+v, %v", p, err)
	}
	b.pass(3 * day)
	if p, err := b.api.Payouts.Get(id, nil); err != nil || p.Status != "canceled" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, kind := range []string{"payout.cancel", "payout.fail"} {
		if _, err := b.Trigger(stripefake.Trigger{Kind: kind, Object: id}); err == nil {
			t.Errorf("%s after it was called back", kind)
		}
	}
}

func TestTheContentsOfAManualPayoutAreNotKnown(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	p, err := b.api.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(4900), Currency: stripe.String("eur")})
	if err != nil {
		t.Fatal(err)
	}
	if resp := b.raw(t, "GET", "/v1/balance_transactions?payout="+p.ID, ""); resp.StatusCode != 400 {
		t.Errorf("answered %d", resp.StatusCode)
	}
}

func TestTheBalanceMovesForAnyReason(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	fee := b.trigger(t, stripefake.Trigger{Kind: "balance_transaction", Type: "stripe_fee", Category: "fee", Amount: -150})
	odd := b.trigger(t, stripefake.Trigger{Kind: "balance_transaction", Type: "unheard_of", Amount: 77, Fee: 7})
	for id, want := range map[string]struct {
		category string
		net      int64
	}{fee: {"fee", -150}, odd: {"unheard_of", 70}} {
		txn, err := b.api.BalanceTransactions.Get(id, nil)
		if err != nil || string(txn.ReportingCategory) != want.category || txn.Net != want.net || txn.Source != nil {
			t.Errorf("%+v, %v", txn, err)
		}
	}
	if _, err := b.Trigger(stripefake.Trigger{Kind: "balance_transaction", Amount: 1}); err == nil {
		t.Error("moved for no reason")
	}
}
