package server_test

import (
	"context"
	"errors"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// holding pays a fresh pledge of 50.00 EUR with a card of a country, and does what is
// owed then.
func holding(b *bench, country string) (testPartner, *donationsv1.Pledge, string) {
	p := b.newPartner()
	b.stripe.country = country
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	intent := b.pay(pledge)
	b.drain()
	return p, pledge, intent
}

func (b *bench) readPledge(p testPartner, pledge *donationsv1.Pledge) *donationsv1.Pledge {
	b.t.Helper()
	got, err := donationsv1.NewPledgeServiceClient(p.conn).GetPledge(context.Background(), &donationsv1.GetPledgeRequest{Name: pledge.GetName()})
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

// The bank of a card sees a hold, too; but no money moves, and nobody is named who gave.
func TestACardOfABlockedCountryIsNotCaptured(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]donationsv1.DonationFailure{
		"BY": donationsv1.DonationFailure_DONATION_FAILURE_CARD_COUNTRY,
		"RU": donationsv1.DonationFailure_DONATION_FAILURE_CARD_COUNTRY,
		"":   donationsv1.DonationFailure_DONATION_FAILURE_CARD_COUNTRY_UNKNOWN,
	} {
		b := newBench(t)
		p, pledge, intent := holding(b, country)

		// Then the hold is given back, and pledge, donation and receipt say why.
		if status := b.stripe.intents[intent].Status; status != "canceled" {
			t.Errorf("%q: the payment is %s", country, status)
		}
		if got := b.readPledge(p, pledge); got.GetPaymentFailure() != want || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_LAPSED {
			t.Errorf("%q: %v", country, got)
		}
		if d := b.donation(p, pledge); d.GetFailure() != want || d.GetState() != donationsv1.DonationState_DONATION_STATE_FAILED || d.GetGross() != nil {
			t.Errorf("%q: %v", country, d)
		}
		receipt, err := donationsv1.NewReceiptServiceClient(p.conn).OpenReceipt(context.Background(),
			&donationsv1.OpenReceiptRequest{ReceiptToken: pledge.GetReceiptToken()})
		if err != nil || receipt.GetFailure() != want {
			t.Errorf("%q: %v, %v", country, receipt, err)
		}

		// The same told again, and of the end, changes nothing.
		b.tell("evt_again", "payment_intent.canceled", pledge, intent)
		b.drain()
		if d := b.donation(p, pledge); d.GetFailure() != want {
			t.Errorf("%q: told again: %v", country, d)
		}
	}
}

func TestWithNoCountryBlockedEveryKnownCardIsCaptured(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.worker.Policies = unblocked()
	p, pledge, intent := holding(b, "BY")
	if status := b.stripe.intents[intent].Status; status != "succeeded" {
		t.Errorf("the payment is %s", status)
	}
	if d := b.donation(p, pledge); d.GetState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED {
		t.Error(d)
	}
}

// Whatever is cut off in the middle, the event is still owed and ends alike.
func TestAHoldIsDecidedOnceThoughStripeFallsSilent(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]string{"DE": "succeeded", "BY": "canceled"} {
		b := newBench(t)
		p := b.newPartner()
		b.stripe.country = country
		pledge := b.pledge(p, pledgeOf(5000, "general"))
		intent := b.stripe.try(pledge.GetName(), false)
		// The answer about the payment arrives, the one about the money not.
		b.stripe.fail = []error{nil, stripeapi.ErrUnknown}
		b.tell("evt_1", "checkout.session.completed", pledge, intent)
		id := "evt_1"
		if err := b.worker.Event(context.Background(), id); err == nil {
			t.Errorf("%s: handled, though nobody knows", country)
		}
		if err := b.worker.Event(context.Background(), id); err != nil {
			t.Errorf("%s: %v", country, err)
		}
		if status := b.stripe.intents[intent].Status; status != want {
			t.Errorf("%s: the payment is %s", country, status)
		}
		if state := b.donation(p, pledge).GetState(); (state == donationsv1.DonationState_DONATION_STATE_SUCCEEDED) != (want == "succeeded") {
			t.Errorf("%s: the donation is %v", country, state)
		}
	}
}

// Money of another amount, or of no pledge, is not taken: Stripe gives it back by itself.
func TestAHoldThatFitsNoPledgeIsLeft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pledge := b.pledge(b.newPartner(), pledgeOf(5000, "general"))
	intent := b.stripe.try(pledge.GetName(), false)
	b.stripe.intents[intent].Amount.MinorUnits++
	b.tell("evt_1", "checkout.session.completed", pledge, intent)
	b.drain()
	if status := b.stripe.intents[intent].Status; status != stripeapi.Held {
		t.Errorf("the payment is %s", status)
	}
	if n := b.count("stripe_events", "state = 'KEPT' AND reason = 'AMOUNT_DIFFERS'"); n != 1 {
		t.Errorf("%d events kept", n)
	}
	if _, err := b.stripe.CapturePayment(context.Background(), "pi_none", ""); !errors.Is(err, stripeapi.ErrRefused) {
		t.Error(err)
	}
}
