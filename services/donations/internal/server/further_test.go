package server_test

import (
	"context"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// further makes a further page of a pledge.
func further(p testPartner, made *donationsv1.Pledge, key string) (*donationsv1.Checkout, error) {
	return donationsv1.NewPledgeServiceClient(p.conn).CreateCheckout(context.Background(),
		&donationsv1.CreateCheckoutRequest{Parent: made.GetName(), RequestId: key})
}

func TestAFurtherPageTakesThePlaceOfTheOneBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, ctx := b.newPartner(), context.Background()
	pledges := donationsv1.NewPledgeServiceClient(p.conn)
	// Given a pledge whose donor has lost the page,
	made := b.pledge(p, pledgeOf(5000, "general"))
	first := b.checkout(made)
	// when the partner asks for another one, and repeats the call,
	second, err := further(p, made, "again")
	if err != nil || second.GetCheckoutUrl() == "" || second.GetCheckoutUrl() == made.GetCheckoutUrl() ||
		second.GetState() != donationsv1.CheckoutState_CHECKOUT_STATE_OPEN || second.GetExpireTime() == nil {
		t.Fatalf("second page = %v, %v", second, err)
	}
	if again, err := further(p, made, "again"); err != nil || again.GetName() != second.GetName() || again.GetCheckoutUrl() != second.GetCheckoutUrl() {
		t.Errorf("repeat = %v, %v", again, err)
	}
	// then it is the pledge's page, and the first one is closed at Stripe.
	if g, err := pledges.GetPledge(ctx, &donationsv1.GetPledgeRequest{Name: made.GetName()}); err != nil || g.GetCheckoutUrl() != second.GetCheckoutUrl() {
		t.Errorf("pledge = %v, %v", g, err)
	}
	b.drain(store.DutyExpire)
	if got := b.stripe.sessions[first.SessionID].Status; got != "expired" {
		t.Errorf("the first page is %s", got)
	}
	// and when that is paid,
	b.tell("evt_1", "checkout.session.expired", made, "")
	b.payPage(b.checkout(made).SessionID)
	b.drain()
	// then one gift came by the second page.
	list, err := pledges.ListCheckouts(ctx, &donationsv1.ListCheckoutsRequest{Parent: made.GetName()})
	if err != nil || len(list.GetCheckouts()) != 2 || list.GetCheckouts()[0].GetName() != second.GetName() ||
		list.GetCheckouts()[0].GetState() != donationsv1.CheckoutState_CHECKOUT_STATE_PAID ||
		list.GetCheckouts()[1].GetState() != donationsv1.CheckoutState_CHECKOUT_STATE_EXPIRED || list.GetCheckouts()[0].GetCheckoutUrl() != "" {
		t.Errorf("pages = %v, %v", list, err)
	}
	if d := b.donation(p, made); d.GetState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED {
		t.Errorf("donation = %v", d)
	}
	if _, err := further(p, made, "late"); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("a page of a pledge that is paid: %v", err)
	}
}

// A donor may pay on two pages before the first is closed: both gifts are booked.
func TestTwoPagesThatWerePaidAreTwoGifts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	made := b.pledge(p, pledgeOf(5000, "general"))
	first := b.checkout(made).SessionID
	if _, err := further(p, made, ""); err != nil {
		t.Fatal(err)
	}
	second := b.checkout(made).SessionID
	for i, session := range []string{second, first} {
		b.stripe.pay(session)
		// One tells by its page, one by its payment only.
		kind, object := "checkout.session.completed", map[string]any{"id": session, "object": "checkout.session"}
		if i == 1 {
			kind, object = "payment_intent.succeeded", map[string]any{"id": "pi_" + session, "object": "payment_intent"}
		}
		if err := b.deliver("evt_"+session, kind, object); err != nil {
			t.Fatal(err)
		}
	}
	b.drain()
	b.ledger.WantBalances(t, map[string]int64{"asset:stripe": -2 * 4900, "fund:general:available": 2 * 5000, "deficit:general": -2 * 100})
	if b.count("donations", "state = 'SUCCEEDED'") != 2 || b.count("checkouts", "expire_owed_at IS NULL AND state <> 'OPEN'") != 2 {
		t.Error("a gift is missing, or a page is still to be closed")
	}
}

func TestWhoMayNotOpenAFurtherPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, other, ctx := b.newPartner(), b.newPartner(), context.Background()
	made := b.pledge(p, pledgeOf(5000, "general"))
	second, err := further(p, made, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := further(other, made, ""); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("another partner makes one: %v", err)
	}
	for name, get := range map[string]string{"another's": second.GetName(), "absent": made.GetName() + "/checkouts/co_none"} {
		if _, err := donationsv1.NewPledgeServiceClient(other.conn).GetCheckout(ctx, &donationsv1.GetCheckoutRequest{Name: get}); !fault.OfKind(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := donationsv1.NewPledgeServiceClient(other.conn).ListCheckouts(ctx, &donationsv1.ListCheckoutsRequest{Parent: made.GetName()}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("another's list: %v", err)
	}
	public := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(p.GetPublishableKey()))
	if _, err := public.CreateCheckout(ctx, &donationsv1.CreateCheckoutRequest{Parent: made.GetName()}); !fault.OfKind(err, fault.PermissionDenied) {
		t.Errorf("the publishable key: %v", err)
	}
	// An auditor sees the page, but not where it is, nor when to the minute.
	auditor := donationsv1.NewPledgeServiceClient(b.staff(policyv1.Role_ROLE_AUDITOR))
	got, err := auditor.GetCheckout(ctx, &donationsv1.GetCheckoutRequest{Name: second.GetName()})
	if err != nil || got.GetCheckoutUrl() != "" || got.GetCreateTime().AsTime().Hour()+got.GetExpireTime().AsTime().Minute() != 0 {
		t.Errorf("to the auditor: %v, %v", got, err)
	}
	// What Stripe refuses ends the pledge; what it does not answer can be repeated.
	b.stripe.fail = []error{stripeapi.ErrUnknown, stripeapi.ErrRefused}
	for i, want := range []string{"PAYMENT_PROCESSOR_UNAVAILABLE", "PAYMENT_REFUSED", "PAYMENT_REFUSED"} {
		if _, err := further(p, made, "third"); !fault.Is(err, fault.Reason(want)) {
			t.Errorf("answer %d: %v, want %s", i, err, want)
		}
	}
}
