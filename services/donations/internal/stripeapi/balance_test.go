package stripeapi_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestTheBalanceOfAPastMomentIsThatOfNowWithoutWhatCameLater(t *testing.T) {
	t.Parallel()
	parsed, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	fake, err := stripefake.New(stripefake.Options{Key: key, Contract: parsed, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(fake)
	defer web.Close()
	defer fake.Close()
	c := stripeapi.New(key, web.URL)
	pay := func(name string) int64 {
		session, err := c.CreateCheckoutSession(t.Context(), checkout(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := fake.Pay(session.ID, "4242 4242 4242 4242"); err != nil {
			t.Fatal(err)
		}
		if session, err = c.GetCheckoutSession(t.Context(), session.ID); err != nil {
			t.Fatal(err)
		}
		intent, err := c.CapturePayment(t.Context(), session.PaymentIntentID, "take "+name)
		if err != nil {
			t.Fatal(err)
		}
		return intent.LatestCharge.Balance.Net.MinorUnits
	}
	check := func(before time.Time, minor int64) {
		t.Helper()
		got, err := c.BalanceAt(t.Context(), before)
		if err != nil {
			t.Fatal(err)
		}
		var want []money.Amount
		if minor != 0 {
			want = []money.Amount{{MinorUnits: minor, Currency: "EUR"}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("before %s (-want +got):\n%s", before, diff)
		}
	}

	// Given gifts on two days, of which the first can be paid out by now
	first := pay("one")
	now = now.AddDate(0, 0, 9)
	second := pay("two") + pay("three")

	// Then each moment has what had come until then, pending or not.
	check(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), 0)
	check(time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), first)
	check(now, first)
	check(now.Add(time.Second), first+second)

	// And a payout takes from its own moment on only.
	if _, err := web.Client().Post(web.URL+"/_fake/triggers", "application/json", strings.NewReader(`{"kind":"payout"}`)); err != nil {
		t.Fatal(err)
	}
	check(now, first)
	check(now.Add(time.Second), 0)
}

// TestABalanceThatCannotBeReadIsNotTakenForZero reads it while Stripe fails.
func TestABalanceThatCannotBeReadIsNotTakenForZero(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"GET /v1/balance", "GET /v1/balance_transactions"} {
		c, fake, _ := startFake(t)
		if err := fake.Disrupt(stripefake.Disruption{Match: call, Effect: stripefake.Error503, Times: 20}); err != nil {
			t.Fatal(err)
		}
		if got, err := c.BalanceAt(t.Context(), time.Now()); err == nil {
			t.Errorf("%s: %v", call, got)
		}
	}
}
