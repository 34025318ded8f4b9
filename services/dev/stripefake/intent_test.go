package stripefake_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"
)

// held pays a page whose money is only held, and returns the intent's id.
func (b *bench) held(t *testing.T, card string) string {
	t.Helper()
	p := checkout("eur", 5000)
	p.PaymentIntentData = &stripe.CheckoutSessionPaymentIntentDataParams{CaptureMethod: stripe.String("manual")}
	s, err := b.api.CheckoutSessions.New(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Pay(s.ID, card); err != nil {
		t.Fatal(err)
	}
	if s, err = b.api.CheckoutSessions.Get(s.ID, nil); err != nil || s.Status != "complete" || s.PaymentStatus != "unpaid" {
		t.Fatalf("%+v, %v", s, err)
	}
	return s.PaymentIntent.ID
}

// intent reads an intent with its charge.
func (b *bench) intent(t *testing.T, id string) *stripe.PaymentIntent {
	t.Helper()
	p := &stripe.PaymentIntentParams{}
	p.AddExpand("latest_charge")
	intent, err := b.api.PaymentIntents.Get(id, p)
	if err != nil {
		t.Fatal(err)
	}
	return intent
}

func TestHeldMoneyIsInTheBalanceOnlyOnceItIsTaken(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	id := b.held(t, "4000001120000005")
	intent := b.intent(t, id)
	if ch := intent.LatestCharge; intent.Status != "requires_capture" || ch.Captured || !ch.Paid || ch.BalanceTransaction != nil || ch.PaymentMethodDetails.Card.Country != "BY" {
		t.Fatalf("%+v", intent)
	}
	if _, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: &id}); err == nil {
		t.Error("what is only held was refunded")
	}
	if _, err := b.api.PaymentIntents.Capture(id, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(5001)}); err == nil {
		t.Error("took more than is held")
	}
	got, err := b.api.PaymentIntents.Capture(id, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(4000)})
	if err != nil || got.Status != "succeeded" || got.AmountReceived != 4000 {
		t.Fatalf("%+v, %v", got, err)
	}
	if categories, net := b.movements(t, intent.LatestCharge.ID); categories != "charge" || net != 4000-60-25 {
		t.Errorf("%s, %d", categories, net)
	}
	if _, err := b.api.PaymentIntents.Capture(id, nil); err == nil {
		t.Error("taken twice")
	}
	if events := b.kinds(t, ""); events != "payment_intent.created charge.succeeded payment_intent.amount_capturable_updated checkout.session.completed charge.captured payment_intent.succeeded" {
		t.Error(events)
	}
}

func TestHeldMoneyIsGivenBackOnDemandOrAfterAWeek(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	cancelled, lapsed := b.held(t, "4000001120000005"), b.held(t, "4242424242424242")
	if got, err := b.api.PaymentIntents.Cancel(cancelled, nil); err != nil || got.Status != "canceled" {
		t.Fatalf("%+v, %v", got, err)
	}
	b.pass(7 * day)
	got := b.intent(t, lapsed)
	if got.Status != "canceled" || got.CancellationReason != "automatic" || !got.LatestCharge.Refunded || got.LatestCharge.Captured {
		t.Errorf("%+v", got)
	}
	if _, err := b.api.PaymentIntents.Cancel(lapsed, nil); err == nil {
		t.Error("given back twice")
	}
	if events := b.kinds(t, "charge."); events != "succeeded succeeded refunded expired" {
		t.Error(events)
	}
	if balance, err := b.api.Balance.Get(nil); err != nil || balance.Pending[0].Amount != 0 {
		t.Errorf("%+v, %v", balance, err)
	}
}

func TestThreeDSecureIsAskedOnThePage(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	s := b.session(t, 5000)
	ask := func(pairs ...string) (int, string) {
		resp := b.raw(t, http.MethodPost, "/pay/"+s.ID, form(pairs...))
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if status, body := ask("card", "4000000000003220"); status != http.StatusPaymentRequired || !strings.Contains(body, `value="complete"`) {
		t.Fatalf("%d %s", status, body)
	}
	s, err := b.api.CheckoutSessions.Get(s.ID, nil)
	if err != nil || b.intent(t, s.PaymentIntent.ID).Status != "requires_action" {
		t.Fatalf("%+v, %v", s, err)
	}
	if status, _ := ask("card", "4000000000003220", "proof", "fail"); status != http.StatusPaymentRequired {
		t.Errorf("answered %d", status)
	}
	if got := b.intent(t, s.PaymentIntent.ID); got.Status != "requires_payment_method" || got.LastPaymentError.Code != "payment_intent_authentication_failure" {
		t.Errorf("%+v", got)
	}
	if status, _ := ask("card", "4000000000003220", "proof", "complete"); status != http.StatusSeeOther {
		t.Errorf("answered %d", status)
	}
	got := b.intent(t, s.PaymentIntent.ID)
	if got.Status != "succeeded" || got.LatestCharge.PaymentMethodDetails.Card.ThreeDSecure == nil {
		t.Errorf("%+v", got)
	}
	if err := b.Prove(b.session(t, 5000).ID, "4000008400001629", "complete"); err == nil {
		t.Error("a card that is declined after 3-D Secure paid")
	}
}

func TestACardThatCannotBeSavedSaysWhy(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	customer, _ := b.saved(t, "4242424242424242")
	s := b.setupPage(t, customer)
	for _, c := range []struct{ card, proof, status, code string }{
		{"4000000000000002", "", "requires_payment_method", "card_declined"},
		{"4000002500003155", "", "requires_action", "card_declined"},
		{"4000002500003155", "fail", "requires_payment_method", "setup_intent_authentication_failure"},
	} {
		if err := b.Prove(s, c.card, c.proof); err == nil {
			t.Errorf("%s was saved", c.card)
		}
		if got := b.setupOf(t, s); string(got.Status) != c.status || string(got.LastSetupError.Code) != c.code {
			t.Errorf("%s: %+v", c.card, got)
		}
	}
	if err := b.Pay(s, "4000006430000009"); err != nil {
		t.Fatal(err)
	}
	if got := b.setupOf(t, s); got.Status != "succeeded" || got.PaymentMethod.Card.Country != "RU" || got.PaymentMethod.Customer.ID != customer {
		t.Errorf("%+v", got.PaymentMethod)
	}
	count := 0
	for list := b.api.PaymentMethods.List(&stripe.PaymentMethodListParams{Customer: &customer}); list.Next(); {
		count++
	}
	if err := b.Pay(s, "4242424242424242"); err == nil || count > 2 {
		t.Errorf("a page was used twice, or %d cards are saved", count)
	}
}
