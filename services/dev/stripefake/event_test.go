package stripefake_test

import (
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

func TestEventsAreShownForThirtyDays(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	old := b.Events()[0]
	b.pass(29 * day)
	if _, err := b.api.Events.Get(old, nil); err != nil || b.kinds(t, "payment_intent.") != "created succeeded" {
		t.Errorf("not after 29 days: %v", err)
	}
	b.pass(2 * day)
	if _, err := b.api.Events.Get(old, nil); err == nil || b.kinds(t, "") != "checkout.session.expired" && b.kinds(t, "") != "" {
		t.Errorf("still after 31 days: %s", b.kinds(t, ""))
	}
}

func TestEventsOfAnotherVersionHaveAnotherShape(t *testing.T) {
	t.Parallel()
	b := start(t, "", stripefake.Webhooks{Version: "2019-12-03"})
	ch := b.paid(t, 5000)
	b.trigger(t, stripefake.Trigger{Kind: "event", Type: "charge.unheard_of", Object: ch.ID})
	list := b.api.Events.List(&stripe.EventListParams{Type: stripe.String("charge.unheard_of")})
	if !list.Next() {
		t.Fatal("no event")
	}
	if e := list.Event(); e.APIVersion != "2019-12-03" || e.Data.Object["id"] != ch.ID || e.Data.Object["amount"] != nil {
		t.Errorf("%+v", e.Data.Object)
	}
	for _, bad := range []stripefake.Trigger{{Kind: "event", Type: "x", Object: "ch_none"}, {Kind: "event", Object: ch.ID}} {
		if _, err := b.Trigger(bad); err == nil {
			t.Errorf("%+v", bad)
		}
	}
}
