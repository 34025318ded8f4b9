package server_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// What has come back may be told before what was given: then the gift is read with it, and
// nothing goes to suspense.
func TestWhatComesBackMayBeToldBeforeItsGift(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"refund", "dispute", "warning"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			// Given a gift that Stripe has taken, of which nobody has heard,
			made := w.pledge(w.newPartner(), pledgeOf(5000, "emergency"))
			session := w.checkout(made).SessionID
			if err := w.fake.Pay(session, visa); err != nil {
				t.Fatal(err)
			}
			s, err := w.client.GetCheckoutSession(t.Context(), session)
			if err == nil {
				_, err = w.client.CapturePayment(t.Context(), s.PaymentIntentID, "capture")
			}
			if err != nil {
				t.Fatal(err)
			}
			before := len(w.fake.Events())
			// when something comes back of it, and only this is told,
			w.trigger(stripefake.Trigger{Kind: kind, Object: session})
			w.tellOf(w.fake.Events()[before])
			w.work()
			// then the books hold what Stripe holds, and know what it is.
			w.wantStripe()
			if n := w.ledger.Balance("suspense:stripe"); n != 0 || w.count("donations", "state = 'SUCCEEDED'") != 1 {
				t.Errorf("suspense %d", n)
			}
			if n := w.count("refunds", "true") + w.count("disputes", "true") + w.count("donations", "warned_until IS NOT NULL"); n != 1 {
				t.Errorf("%d of it are recorded", n)
			}
		})
	}
}
