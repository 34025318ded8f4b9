package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

const (
	monthly = donationsv1.PledgeRecurrence_PLEDGE_RECURRENCE_MONTH
	yearly  = donationsv1.PledgeRecurrence_PLEDGE_RECURRENCE_YEAR
	visa    = "4242424242424242"
	day     = 24 * time.Hour
)

func (w *years) recurring(p testPartner) donationsv1.RecurringServiceClient {
	return donationsv1.NewRecurringServiceClient(p.conn)
}

// subscription is Stripe's id of what a pledge is paid by.
func (w *years) subscription(made *donationsv1.Pledge) (id string) {
	w.t.Helper()
	if err := w.db.Pool.QueryRow(context.Background(), `SELECT subscription_id FROM givings WHERE 'pledges/' || pledge_id = $1`, made.GetName()).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// trigger lets something happen at Stripe, and all of it be told.
func (w *years) trigger(what stripefake.Trigger) {
	w.t.Helper()
	if _, err := w.fake.Trigger(what); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

func TestAGiftThatComesEachMonthIsBookedEachMonth(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-01-31T09:00:00Z")
	p := w.newPartner()

	// Given a pledge to two funds, for which a card is saved.
	made := w.each(p, monthly, visa, "general", "emergency")
	if got := w.readPledge(p, made); got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE || got.GetNextPaymentOn() != "2027-02-28" {
		t.Fatalf("pledge = %v", got)
	}

	// When three months have passed, then each has brought its gift, on the last day of
	// the months that are too short.
	w.pass(91 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 5000, SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Error(got)
	}
	if got := w.readPledge(p, made).GetNextPaymentOn(); got != "2027-05-31" {
		t.Errorf("the next is on %s", got)
	}
	if got := w.ledger.Balance("fund:general:available"); got != 4*2500 {
		t.Errorf("general has %d", got)
	}

	// And after the partner has cancelled, none more.
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(t.Context(), &donationsv1.CancelPledgeRequest{Name: made.GetName()}); err != nil {
		t.Fatal(err)
	}
	w.pass(70 * day)
	if got := w.readPledge(p, made); strings.Count(w.gifts(p, made), "5000") != 4 || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_CANCELLED || got.GetNextPaymentOn() != "" {
		t.Errorf("after it was cancelled: %v", got)
	}
	if n := w.count("stripe_events", "state = 'KEPT'"); n != 0 {
		t.Errorf("%d events are kept", n)
	}
}

func TestAYearlyGiftComesOnceAYear(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, yearly, "5555555555554444", "general")
	w.pass(368 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Error(got)
	}
}

func TestNoSubscriptionBeginsWithACardOfABlockedCountry(t *testing.T) {
	t.Parallel()
	for _, blocked := range []bool{true, false} {
		w := newYears(t, "2027-03-15T09:00:00Z")
		if !blocked {
			w.worker.Policies = unblocked() // the protection is off
		}
		p := w.newPartner()
		made := w.each(p, monthly, "4000001120000005", "general")
		got := w.readPledge(p, made)
		if blocked && (got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_LAPSED || got.GetPaymentFailure() != donationsv1.DonationFailure_DONATION_FAILURE_CARD_COUNTRY) {
			t.Errorf("pledge = %v", got)
		}
		subscribed := false
		for _, r := range w.fake.Requests() {
			subscribed = subscribed || r.Path == "/v1/subscriptions" && r.Method == "POST"
		}
		if subscribed == blocked || (w.gifts(p, made) == "") != blocked {
			t.Errorf("blocked %v, subscribed %v, gifts %q", blocked, subscribed, w.gifts(p, made))
		}
	}
}

func TestAChangedAmountIsPaidFromTheNextTimeOn(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general", "emergency")
	got, err := w.recurring(p).ChangePledge(t.Context(), &donationsv1.ChangePledgeRequest{
		Name: made.GetName(), Amount: postingtest.Money(7001), Tip: postingtest.Money(300), NextPaymentOn: "2027-05-02",
	})
	if err != nil || got.GetDesignations()[0].GetAmount().GetMinorUnits() != 3501 || got.GetNextPaymentOn() != "2027-05-02" {
		t.Fatalf("%v, %v", got, err)
	}
	w.settle()
	w.pass(50 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 7301" {
		t.Error(got)
	}
	if got := w.readPledge(p, made).GetNextPaymentOn(); got != "2027-06-02" {
		t.Errorf("the next is on %s", got)
	}
	if n := w.count("stripe_events", "state = 'KEPT'"); n != 0 {
		t.Errorf("%d events are kept", n)
	}
}

func TestAPausedGiftSkipsItsDays(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made, other := w.each(p, monthly, visa, "general"), w.each(p, monthly, visa, "general")
	pause := func(g *donationsv1.Pledge, until string) {
		got, err := w.recurring(p).PausePledge(t.Context(), &donationsv1.PausePledgeRequest{Name: g.GetName(), Until: until})
		if err != nil || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_PAUSED || got.GetPausedUntil() != until {
			t.Fatalf("%v, %v", got, err)
		}
		w.settle()
	}
	pause(made, "2027-05-01")
	pause(other, "")
	w.pass(75 * day) // until the end of May
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("paused until May: %s", got)
	}
	if got := w.readPledge(p, made).GetState(); got != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE {
		t.Errorf("after the pause it is %v", got)
	}
	if _, err := w.recurring(p).ResumePledge(t.Context(), &donationsv1.ResumePledgeRequest{Name: other.GetName()}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.gifts(p, other); got != "SUCCEEDED 5000" {
		t.Errorf("paused until it is resumed: %s", got)
	}
	w.pass(20 * day)
	if got := w.gifts(p, other); got != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("after it was resumed: %s", got)
	}
}

func TestAGiftThatFailsIsTriedAgainAndLapsesInTheEnd(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "chargeDeclinedInsufficientFunds"})
	w.pass(32 * day)
	got := w.readPledge(p, made)
	if got.GetTrouble() != donationsv1.PledgeTrouble_PLEDGE_TROUBLE_FAILED || got.GetPaymentUrl() == "" || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE {
		t.Fatalf("pledge = %v", got)
	}

	// A card that pays ends the trouble.
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "visa"})
	w.pass(4 * day)
	if got := w.readPledge(p, made); got.GetTrouble() != 0 || got.GetPaymentUrl() != "" || w.gifts(p, made) != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("pledge = %v, %s", got, w.gifts(p, made))
	}

	// One that never does ends the pledge.
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "chargeDeclined"})
	w.pass(50 * day)
	got = w.readPledge(p, made)
	if got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_LAPSED || got.GetTrouble() != 0 || w.gifts(p, made) != "SUCCEEDED 5000, SUCCEEDED 5000, FAILED 5000" {
		t.Errorf("pledge = %v, %s", got, w.gifts(p, made))
	}
}

func TestWhoseBankAsksForThemIsToldWhere(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "authenticationRequired"})
	w.pass(32 * day)
	receipt, err := donationsv1.NewReceiptServiceClient(p.conn).OpenReceipt(t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: made.GetReceiptToken()})
	if err != nil || receipt.GetTrouble() != donationsv1.PledgeTrouble_PLEDGE_TROUBLE_ACTION_REQUIRED {
		t.Fatalf("%v, %v", receipt, err)
	}
	_, invoice, _ := strings.Cut(receipt.GetPaymentUrl(), "/pay/")
	if err := w.fake.Prove(invoice, "", "complete"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.readPledge(p, made); got.GetTrouble() != 0 || w.gifts(p, made) != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("%v, %s", got, w.gifts(p, made))
	}
}
