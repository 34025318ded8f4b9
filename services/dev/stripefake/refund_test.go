package stripefake_test

import (
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// paidWith pays 50.00 EUR with a card and returns the id of the charge.
func (b *bench) paidWith(t *testing.T, card string) string {
	t.Helper()
	s := b.session(t, 5000)
	if err := b.Pay(s.ID, card); err != nil {
		t.Fatal(err)
	}
	s, err := b.api.CheckoutSessions.Get(s.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	list := b.api.Charges.List(&stripe.ChargeListParams{PaymentIntent: &s.PaymentIntent.ID})
	if !list.Next() {
		t.Fatal("no charge")
	}
	return list.Charge().ID
}

func (b *bench) refunded(t *testing.T, id string) *stripe.Refund {
	t.Helper()
	r, err := b.api.Refunds.Get(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARefundMayFailLater(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ch := b.paidWith(t, "4000000000005126")
	refund, err := b.api.Refunds.New(&stripe.RefundParams{Charge: &ch})
	if err != nil || refund.Status != "succeeded" {
		t.Fatalf("%+v, %v", refund, err)
	}
	b.pass(3 * day)
	if r := b.refunded(t, refund.ID); r.Status != "failed" || r.FailureReason == "" || r.FailureBalanceTransaction == nil {
		t.Errorf("%+v", r)
	}
	if categories, net := b.movements(t, refund.ID); categories != "refund refund_failure" || net != 0 {
		t.Errorf("%s, %d", categories, net)
	}
	got, err := b.api.Charges.Get(ch, nil)
	if err != nil || got.Refunded || got.AmountRefunded != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if events := b.kinds(t, "refund."); events != "created updated" {
		t.Error(events)
	}
	if events := b.kinds(t, "charge.refund"); events != "ed .updated" {
		t.Error(events)
	}
}

func TestARefundMayBePendingFirst(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ch := b.paidWith(t, "4000000000007726")
	refund, err := b.api.Refunds.New(&stripe.RefundParams{Charge: &ch, Amount: stripe.Int64(100)})
	if err != nil || refund.Status != "pending" {
		t.Fatalf("%+v, %v", refund, err)
	}
	b.pass(2 * day)
	if r := b.refunded(t, refund.ID); r.Status != "succeeded" {
		t.Errorf("%+v", r)
	}
}

func TestARefundFromTheDashboardNeedsNoCall(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ch := b.paid(t, 5000)
	part := b.trigger(t, stripefake.Trigger{Kind: "refund", Object: ch.ID, Amount: 1500, Reason: "requested_by_customer"})
	rest := b.trigger(t, stripefake.Trigger{Kind: "refund", Object: ch.PaymentIntent.ID})
	if p, r := b.refunded(t, part), b.refunded(t, rest); p.Amount != 1500 || p.Reason != "requested_by_customer" || r.Amount != 3500 {
		t.Errorf("%+v, %+v", p, r)
	}
	b.trigger(t, stripefake.Trigger{Kind: "refund.fail", Object: part})
	for name, bad := range map[string]stripefake.Trigger{
		"failed twice":   {Kind: "refund.fail", Object: part},
		"too much":       {Kind: "refund", Object: ch.ID, Amount: 1501},
		"less than none": {Kind: "refund", Object: ch.ID, Amount: -1},
		"no charge":      {Kind: "refund", Object: "ch_none"},
		"no kind":        {Object: ch.ID},
	} {
		if _, err := b.Trigger(bad); err == nil {
			t.Errorf("%s was triggered", name)
		}
	}
	if got, err := b.api.Charges.Get(ch.ID, nil); err != nil || got.AmountRefunded != 3500 || got.Refunded {
		t.Errorf("%+v, %v", got, err)
	}
}
