package stripefake_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"
)

func TestAPaidPageMovesTheBalance(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	for _, c := range []struct{ cents, fee int64 }{{50, 26}, {1000, 40}, {5000, 100}, {99_999_999, 1_500_025}} {
		txn := b.paid(t, c.cents).BalanceTransaction
		if txn.Amount != c.cents || txn.Fee != c.fee || txn.Net != c.cents-c.fee || txn.Currency != "eur" || txn.Status != "pending" {
			t.Errorf("%d cents: %+v", c.cents, txn)
		}
	}
}

func TestAChargeBecomesAvailableAfterAWeek(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	txn := b.paid(t, 5000).BalanceTransaction
	b.pass(7 * 24 * time.Hour)
	got, err := b.api.BalanceTransactions.Get(txn.ID, nil)
	if err != nil || got.Status != "available" {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestADeclineSaysWhyOnThePageAndInTheIntent(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	for card, words := range map[string]string{
		"4000 0000 0000 0002": "Your card was declined.",
		"4000-0000-0000-9995": "insufficient funds",
		"1234":                "not one of the test cards",
		"":                    "not one of the test cards",
	} {
		s := b.session(t, 5000)
		resp := b.raw(t, http.MethodPost, "/pay/"+s.ID, form("card", card))
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode < 400 || !strings.Contains(string(body), words) {
			t.Errorf("%q: %d %s", card, resp.StatusCode, body)
		}
		// The same page takes another card.
		if err := b.Pay(s.ID, "4242424242424242"); err != nil {
			t.Error(err)
		}
	}
	list := b.api.Charges.List(&stripe.ChargeListParams{})
	count := map[string]int{}
	for list.Next() {
		count[string(list.Charge().Status)+" "+list.Charge().FailureCode]++
	}
	if diff := cmp.Diff(map[string]int{"succeeded ": 4, "failed card_declined": 2}, count); diff != "" {
		t.Error(diff)
	}
}

func TestAPageIsPaidOnce(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	s := b.session(t, 5000)
	if err := b.Pay(s.ID, "4242424242424242"); err != nil {
		t.Fatal(err)
	}
	if err := b.Pay(s.ID, "4242424242424242"); err == nil {
		t.Fatal("paid twice")
	}
}

func TestAPageEndsAfterADay(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	s := b.session(t, 5000)
	b.pass(24 * time.Hour)
	if err := b.Pay(s.ID, "4242424242424242"); err == nil {
		t.Fatal("an expired page was paid")
	}
	got, err := b.api.CheckoutSessions.Get(s.ID, nil)
	if err != nil || got.Status != "expired" {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestThePageShowsTheAmountAndNeverKeepsTheCard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir, hooksOff)
	s, err := b.api.CheckoutSessions.New(checkout("jpy", 12345))
	if err != nil {
		t.Fatal(err)
	}
	resp := b.raw(t, http.MethodGet, "/pay/"+s.ID, "")
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "12345 JPY") {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if err := b.Pay(s.ID, "4000002760000016"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(readState(t, dir), "4000002760000016") {
		t.Error("the state holds the card number")
	}
	if resp := b.raw(t, http.MethodGet, "/pay/cs_test_nobody", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown page answered %d", resp.StatusCode)
	}
}

func TestRefundsGiveBackNoMoreThanWasPaid(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ch := b.paid(t, 5000)
	half := &stripe.RefundParams{Charge: stripe.String(ch.ID), Amount: stripe.Int64(2000)}
	half.AddExpand("balance_transaction")
	refund, err := b.api.Refunds.New(half)
	if err != nil || refund.Status != "succeeded" || refund.BalanceTransaction.Net != -2000 {
		t.Fatalf("%+v, %v", refund, err)
	}
	if _, err := b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(ch.ID), Amount: stripe.Int64(3001)}); err == nil {
		t.Fatal("gave back more than was paid")
	}
	if _, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(ch.PaymentIntent.ID)}); err != nil {
		t.Fatal(err)
	}
	ch, err = b.api.Charges.Get(ch.ID, nil)
	if err != nil || !ch.Refunded || ch.AmountRefunded != 5000 {
		t.Fatalf("%+v, %v", ch, err)
	}
	if _, err := b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(ch.ID)}); err == nil {
		t.Fatal("refunded twice")
	}
}

func TestAPayoutIsTheSumOfItsTransactions(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	b.paid(t, 1000)
	if resp := b.raw(t, http.MethodPost, "/_fake/triggers", `{"kind":"payout"}`); resp.StatusCode != http.StatusOK {
		t.Fatalf("payout: %d", resp.StatusCode)
	}
	payouts := b.api.Payouts.List(nil)
	if !payouts.Next() {
		t.Fatal("no payout")
	}
	payout := payouts.Payout()
	var sum int64
	list := b.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: stripe.String(payout.ID)})
	for list.Next() {
		sum += list.BalanceTransaction().Net
	}
	if payout.Amount != 4900+960 || sum != 0 {
		t.Errorf("payout of %d, its transactions with its own add up to %d", payout.Amount, sum)
	}
	if resp := b.raw(t, http.MethodPost, "/_fake/triggers", `{"kind":"payout"}`); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an empty balance was paid out: %d", resp.StatusCode)
	}
}

func TestAManualPayoutTakesNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	if _, err := b.api.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(4901), Currency: stripe.String("eur")}); err == nil {
		t.Error("paid out more than there is")
	}
	if _, err := b.api.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(1), Currency: stripe.String("usd")}); err == nil {
		t.Error("paid out another currency")
	}
	p, err := b.api.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(4900), Currency: stripe.String("eur")})
	if err != nil || p.Status != "paid" || p.Automatic {
		t.Fatalf("%+v, %v", p, err)
	}
}
