package stripefake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
)

func TestWhatStripeRefusesIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	good := form("mode", "payment", "success_url", "https://x.example", "payment_method_types[0]", "card",
		"line_items[0][quantity]", "1", "line_items[0][price_data][currency]", "eur",
		"line_items[0][price_data][unit_amount]", "5000", "line_items[0][price_data][product_data][name]", "C")
	if resp := b.raw(t, "POST", "/v1/checkout/sessions", good); resp.StatusCode != http.StatusOK {
		t.Fatalf("a good call: %d", resp.StatusCode)
	}
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in %q", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct {
		path, form string
		header     []string
		status     int
	}{
		"unknown parameter":     {"/v1/checkout/sessions", good + "&donor=x", nil, 400},
		"word for a number":     {"/v1/checkout/sessions", change("=5000", "=ten"), nil, 400},
		"unknown mode":          {"/v1/checkout/sessions", change("=payment", "=gift"), nil, 400},
		"no lines":              {"/v1/checkout/sessions", "mode=payment&success_url=https%3A%2F%2Fx&payment_method_types[0]=card", nil, 400},
		"no success address":    {"/v1/checkout/sessions", change("https%3A%2F%2Fx.example", ""), nil, 400},
		"relative address":      {"/v1/checkout/sessions", change("https%3A%2F%2Fx.example", "thanks"), nil, 400},
		"too small":             {"/v1/checkout/sessions", change("=5000", "=49"), nil, 400},
		"too large":             {"/v1/checkout/sessions", change("=5000", "=1000000000000"), nil, 400},
		"negative":              {"/v1/checkout/sessions", change("=5000", "=-5000"), nil, 400},
		"overflowing":           {"/v1/checkout/sessions", change("=5000", "=99999999999999999999"), nil, 400},
		"currency of the moon":  {"/v1/checkout/sessions", change("=eur", "=moon"), nil, 400},
		"fractions of ISK":      {"/v1/checkout/sessions", strings.Replace(change("=eur", "=isk"), "=5000", "=5001", 1), nil, 400},
		"JSON":                  {"/v1/checkout/sessions", "{}", []string{"Content-Type", "application/json"}, 400},
		"no key":                {"/v1/checkout/sessions", good, []string{"Authorization", ""}, 401},
		"live key":              {"/v1/checkout/sessions", good, []string{"Authorization", "Bearer sk_live_1"}, 401},
		"another version":       {"/v1/checkout/sessions", good, []string{"Stripe-Version", "2020-08-27"}, 400},
		"endless key":           {"/v1/checkout/sessions", good, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400},
		"no such call":          {"/v1/gifts", "", nil, 404},
		"no such session":       {"/v1/checkout/sessions/cs_1/expire", "", nil, 404},
		"refund of nothing":     {"/v1/refunds", "charge=ch_1", nil, 404},
		"payout without amount": {"/v1/payouts", "currency=eur", nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := b.raw(t, "POST", c.path, c.form, c.header...)
			var body struct {
				Error struct{ Type, Message string }
			}
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != c.status || body.Error.Type == "" || body.Error.Message == "" {
				t.Errorf("got %d %+v, want %d", resp.StatusCode, body, c.status)
			}
		})
	}
}

// TestTheContractJudgesAsStripeMockDoes sends the same calls to the fake and to
// stripe-mock itself.
func TestTheContractJudgesAsStripeMockDoes(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	description, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	mock, err := server.NewStubServer(fixtures, description, true, false)
	if err != nil {
		t.Fatal(err)
	}
	const session = "mode=payment&success_url=https%3A%2F%2Fx.example&payment_method_types[]=card&line_items[][quantity]=1" +
		"&line_items[][price_data][currency]=eur&line_items[][price_data][unit_amount]=5000&line_items[][price_data][product_data][name]=C"
	for _, c := range []struct{ method, path, form string }{
		{"POST", "/v1/checkout/sessions", session},
		{"POST", "/v1/checkout/sessions", session + "&donor=x"},
		{"POST", "/v1/checkout/sessions", session + "&metadata=x"},
		{"POST", "/v1/checkout/sessions", session + "&metadata[a]=x&expand[]=payment_intent"},
		{"POST", "/v1/checkout/sessions", strings.Replace(session, "=payment", "=gift", 1)},
		{"POST", "/v1/checkout/sessions", strings.Replace(session, "=5000", "=ten", 1)},
		{"POST", "/v1/checkout/sessions", strings.Replace(session, "=5000", "=50.00", 1)},
		{"POST", "/v1/checkout/sessions", strings.Replace(session, "[]=card", "[]=coin", 1)},
		{"POST", "/v1/payouts", "amount=1"},
		{"POST", "/v1/payouts", "amount=1&currency=eur&speed=high"},
		{"POST", "/v1/refunds", "charge=ch_1&reason=regret"},
		{"GET", "/v1/events?limit=ten", ""},
		{"GET", "/v1/events?limit=10&created[gte]=1", ""},
		{"GET", "/v1/charges?donor=x", ""},
		{"POST", "/v1/customers", "metadata[reference]=p"},
		{"POST", "/v1/customers", "reference=p"},
		{"POST", "/v1/products", "description=x"},
		{"POST", "/v1/subscriptions", "items[][price]=x"},
		{"POST", "/v1/subscriptions", "customer=cus_1&pause=true"},
		{"POST", "/v1/disputes/dp_1", "evidence=x"},
		{"POST", "/v1/payment_intents/pi_1/capture", "amount_to_capture=all"},
		{"POST", "/v1/payment_intents/pi_1/cancel", "cancellation_reason=regret"},
		{"DELETE", "/v1/subscriptions/sub_1", "soon=true"},
		{"GET", "/v1/subscriptions?status=dead", ""},
		{"GET", "/v1/invoices?status=paid&limit=3", ""},
		{"GET", "/v1/radar/early_fraud_warnings?charge=ch_1", ""},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.form))
		r.Header.Set("Authorization", "Bearer sk_test_bench")
		if c.method != http.MethodGet {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		want := httptest.NewRecorder()
		mock.HandleRequest(want, r)
		if got := b.raw(t, c.method, c.path, c.form); (got.StatusCode == 200) != (want.Code == 200) {
			t.Errorf("%s %s %s: %d, stripe-mock %d", c.method, c.path, c.form, got.StatusCode, want.Code)
		}
	}
}
