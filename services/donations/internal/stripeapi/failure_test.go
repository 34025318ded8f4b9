package stripeapi_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

func TestAnUnknownIDIsNotFound(t *testing.T) {
	t.Parallel()
	c, _, _ := startFake(t)
	_, session := c.GetCheckoutSession(t.Context(), "cs_test_nobody")
	_, intent := c.GetPaymentIntent(t.Context(), "pi_nobody")
	_, charge := c.GetCharge(t.Context(), "ch_nobody")
	for _, err := range []error{session, intent, charge} {
		if !errors.Is(err, stripeapi.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAWrongKeyIsUnauthorized(t *testing.T) {
	t.Parallel()
	_, _, url := startFake(t)
	_, err := stripeapi.New("sk_test_other", url).GetCharge(t.Context(), "ch_1")
	if !errors.Is(err, stripeapi.ErrUnauthorized) {
		t.Fatalf("got %v", err)
	}
}

func TestAnIdempotencyKeyReturnsTheSameSession(t *testing.T) {
	t.Parallel()
	c, _, _ := startFake(t)
	first, err := c.CreateCheckoutSession(t.Context(), checkout("again"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.CreateCheckoutSession(t.Context(), checkout("again"))
	if err != nil || second.ID != first.ID {
		t.Fatalf("got session %s after %s, %v", second.ID, first.ID, err)
	}
	other := checkout("again")
	other.Amount.MinorUnits++
	if _, err := c.CreateCheckoutSession(t.Context(), other); !errors.Is(err, stripeapi.ErrConflict) {
		t.Fatalf("another amount with the same key: %v", err)
	}
}

func TestAnOpenSessionExpiresOnce(t *testing.T) {
	t.Parallel()
	c, control, _ := startFake(t)
	session, err := c.CreateCheckoutSession(t.Context(), checkout("expire"))
	if err != nil {
		t.Fatal(err)
	}
	if session, err = c.ExpireSession(t.Context(), session.ID, "e1"); err != nil || session.Status != "expired" || session.URL != "" {
		t.Fatalf("session = %+v, %v", session, err)
	}
	if _, err := c.ExpireSession(t.Context(), session.ID, "e2"); !errors.Is(err, stripeapi.ErrRefused) {
		t.Errorf("expired twice: %v", err)
	}
	if err := control.Pay(session.ID, "4242424242424242"); err == nil {
		t.Error("an expired session was paid")
	}
}

func TestADeclinedCardLeavesTheSessionOpen(t *testing.T) {
	t.Parallel()
	c, _, _ := startFake(t)
	session, err := c.CreateCheckoutSession(t.Context(), checkout("decline"))
	if err != nil {
		t.Fatal(err)
	}
	if resp := post(t, session.URL, "4000000000009995"); resp.StatusCode != 402 {
		t.Fatalf("the page answered %d", resp.StatusCode)
	}
	if session, err = c.GetCheckoutSession(t.Context(), session.ID); err != nil || session.Status != "open" {
		t.Fatalf("session = %+v, %v", session, err)
	}
	intent, err := c.GetPaymentIntent(t.Context(), session.PaymentIntentID)
	if err != nil || intent.Status != "requires_payment_method" || intent.FailureCode != "card_declined" {
		t.Fatalf("intent = %+v, %v", intent, err)
	}
	if ch := intent.LatestCharge; ch.Status != "failed" || ch.Paid || ch.Balance != nil {
		t.Errorf("charge = %+v", ch)
	}
}

func TestALostAnswerIsUnknownAndTheSameKeyFindsTheSession(t *testing.T) {
	t.Parallel()
	for _, effect := range []string{
		stripefake.DropBefore, stripefake.DropAfter, stripefake.ErrorAfter, stripefake.Error503, stripefake.Error429,
	} {
		t.Run(effect, func(t *testing.T) {
			t.Parallel()
			c, control, _ := startFake(t)
			// The library tries twice by itself, so both tries have to go wrong.
			if err := control.Disrupt(stripefake.Disruption{Match: "POST /v1/checkout", Effect: effect, Times: 2}); err != nil {
				t.Fatal(err)
			}
			var err error
			for range 2 {
				if _, err = c.CreateCheckoutSession(t.Context(), checkout("lost")); err == nil {
					break
				}
				if !errors.Is(err, stripeapi.ErrUnknown) {
					t.Fatalf("got %v", err)
				}
			}
			first, err := c.CreateCheckoutSession(t.Context(), checkout("lost"))
			if err != nil {
				t.Fatal(err)
			}
			again, err := c.CreateCheckoutSession(t.Context(), checkout("lost"))
			if err != nil || again.ID != first.ID {
				t.Fatalf("session %s, then %s, %v", first.ID, again.ID, err)
			}
		})
	}
}

func TestACallEndsWithItsDeadline(t *testing.T) {
	t.Parallel()
	c, control, _ := startFake(t)
	if err := control.Disrupt(stripefake.Disruption{Effect: stripefake.Delay, Delay: time.Second}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.GetCharge(ctx, "ch_1")
	if !errors.Is(err, stripeapi.ErrUnknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

func TestNobodyListeningIsUnknownAndTheTextHoldsNoAddress(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(nil)
	web.Close()
	_, err := stripeapi.New(key, web.URL).GetCharge(t.Context(), "ch_secret")
	if !errors.Is(err, stripeapi.ErrUnknown) || strings.Contains(err.Error(), "ch_secret") || strings.Contains(err.Error(), "http://") {
		t.Fatalf("got %v", err)
	}
}

func TestAnErrorCarriesStripesCodes(t *testing.T) {
	t.Parallel()
	c, _, _ := startFake(t)
	_, err := c.GetCharge(t.Context(), "ch_1")
	var failure *stripeapi.Error
	if !errors.As(err, &failure) || failure.Code != "resource_missing" || failure.Status != 404 || failure.RequestID == "" {
		t.Fatalf("got %+v", failure)
	}
}
