package duty

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// paid is a payment of 50.00 that was credited late on a day.
func paid() stripeapi.PaymentIntent {
	return stripeapi.PaymentIntent{
		ID: "pi_1", Reference: "g_1", Status: "succeeded", Amount: postingtest.EUR(5000), Received: postingtest.EUR(5000),
		LatestCharge: &stripeapi.Charge{ID: "ch_1", Balance: &stripeapi.BalanceTransaction{
			ID: "txn_1", Gross: postingtest.EUR(5000), Fee: postingtest.EUR(100), Net: postingtest.EUR(4900),
			Created: time.Date(2026, 11, 25, 0, 30, 0, 0, time.FixedZone("", 3600)),
		}},
	}
}

func TestWhatAPaidPaymentSays(t *testing.T) {
	t.Parallel()
	got, err := read(paid())
	want := donation.Reading{
		Pledge: "g_1", State: donation.Succeeded, Charged: postingtest.EUR(5000),
		Payment: donation.Payment{IntentID: "pi_1", ChargeID: "ch_1", BalanceID: "txn_1"},
		Settled: &donation.Settlement{Gross: postingtest.EUR(5000), Fee: postingtest.EUR(100), ReceivedOn: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestStripesWordsForAPayment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, failure string
		want            donation.State
	}{
		{"requires_payment_method", "", donation.Pending},
		{"requires_payment_method", "card_declined", donation.Failed},
		{"requires_action", "", donation.Pending},
		{"requires_confirmation", "", donation.Pending},
		{"requires_capture", "", donation.Pending},
		{"processing", "", donation.Pending},
		{"canceled", "", donation.Failed},
		{"succeeded", "", donation.Succeeded},
		{"a new word", "", donation.Pending},
	} {
		if got := stateOf(stripeapi.PaymentIntent{Status: c.status, FailureCode: c.failure}); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.status, c.failure, got, c.want)
		}
	}
}

func TestFiguresThatDoNotAddUpAreNotBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*stripeapi.PaymentIntent)
		reason fault.Reason
	}{
		"not credited yet": {func(p *stripeapi.PaymentIntent) { p.LatestCharge.Balance = nil }, "PAYMENT_NOT_SETTLED_YET"},
		"no charge":        {func(p *stripeapi.PaymentIntent) { p.LatestCharge = nil }, "PAYMENT_NOT_SETTLED_YET"},
		"paid in part":     {func(p *stripeapi.PaymentIntent) { p.Received = postingtest.EUR(4000) }, fault.ReasonAmountDiffers},
		"nothing credited": {func(p *stripeapi.PaymentIntent) { p.LatestCharge.Balance.Gross = postingtest.EUR(0) }, fault.ReasonAmountDiffers},
		"negative fee":     {func(p *stripeapi.PaymentIntent) { p.LatestCharge.Balance.Fee = postingtest.EUR(-1) }, fault.ReasonAmountDiffers},
		"wrong net":        {func(p *stripeapi.PaymentIntent) { p.LatestCharge.Balance.Net = postingtest.EUR(4901) }, fault.ReasonAmountDiffers},
	} {
		pi := paid()
		c.change(&pi)
		if _, err := read(pi); !fault.Is(err, c.reason) {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
}
