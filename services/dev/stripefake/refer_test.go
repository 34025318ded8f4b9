package stripefake_test

import (
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// referred opens a page over 50.00 EUR that carries a reference of ours.
func (b *bench) referred(t *testing.T, reference string) {
	t.Helper()
	p := checkout("eur", 5000)
	p.ClientReferenceID = &reference
	if _, err := b.api.CheckoutSessions.New(p); err != nil {
		t.Fatal(err)
	}
}

func TestWhatHappensIsTriggeredByOurReference(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.referred(t, "pg_1")
	for _, card := range []string{"chargeDeclined", "threeDSecure2Required", "visa"} {
		what := stripefake.Trigger{Kind: "pay", Object: "pg_1", Type: card}
		if card == "threeDSecure2Required" {
			what.Reason = "fail"
		}
		b.trigger(t, what)
	}
	b.trigger(t, stripefake.Trigger{Kind: "refund", Object: "pg_1", Amount: 100})
	b.trigger(t, stripefake.Trigger{Kind: "dispute", Object: "pg_1"})
	if got := b.kinds(t, "charge."); got != "failed succeeded refunded dispute.created dispute.funds_withdrawn" {
		t.Error(got)
	}
	for name, bad := range map[string]stripefake.Trigger{
		"paid already":    {Kind: "pay", Object: "pg_1", Type: "visa"},
		"no such card":    {Kind: "pay", Object: "pg_1", Type: "gold"},
		"nobody":          {Kind: "pay", Object: "pg_2", Type: "visa"},
		"no subscription": {Kind: "renew", Object: "pg_1"},
		"less than none":  {Kind: "lose", Amount: -1},
	} {
		if _, err := b.Trigger(bad); err == nil {
			t.Errorf("%s was triggered", name)
		}
	}
}

func TestARenewalIsTriggeredByOurReference(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	customer, method := b.saved(t, "4242424242424242")
	p := b.terms(t, customer, method, "month")
	p.AddMetadata("reference", "pg_1")
	sub, err := b.api.Subscriptions.New(p)
	if err != nil {
		t.Fatal(err)
	}
	b.trigger(t, stripefake.Trigger{Kind: "card", Object: "pg_1", Type: "chargeDeclined"})
	b.trigger(t, stripefake.Trigger{Kind: "renew", Object: "pg_1"})
	if got := b.subscription(t, sub.ID).Status; got != stripe.SubscriptionStatusPastDue {
		t.Error(got)
	}
}

func TestTheNextEventsAreLostAtWill(t *testing.T) {
	t.Parallel()
	e := listen(t, 0)
	b := start(t, "", e.hooks())
	b.trigger(t, stripefake.Trigger{Kind: "lose", Amount: 3})
	b.paid(t, 5000)
	eventually(t, "the last of four", func() bool {
		kinds, _ := e.arrived()
		return strings.Join(kinds, " ") == "checkout.session.completed"
	})
}
