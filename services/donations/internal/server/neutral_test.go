package server_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// What may be sent to Stripe, by parameter: nothing else, and no other values. An id is
// one that Stripe has given, a reference an opaque one of ours.
var (
	stripesID = regexp.MustCompile(`^(cus|pm|sub|si|price|ch)_[a-z0-9]+$`)
	reference = regexp.MustCompile(`^pg_[a-z0-9]{26}$`)
	amount    = regexp.MustCompile(`^[0-9]{2,7}$`)
	moment    = regexp.MustCompile(`^[0-9]{10}$`)
	allowed   = map[string]*regexp.Regexp{
		"mode": regexp.MustCompile(`^(payment|setup)$`), "payment_method_types[0]": exactly("card"), "submit_type": exactly("pay"),
		"customer_creation": exactly("if_required"), "client_reference_id": reference,
		"success_url": exactly("https://friends.example/thanks/you"), "cancel_url": exactly("https://friends.example/thanks/you"),
		"payment_intent_data[capture_method]": exactly("manual"), "payment_intent_data[metadata][reference]": reference,
		"line_items[0][quantity]": exactly("1"), "line_items[0][price_data][currency]": exactly("eur"),
		"line_items[0][price_data][unit_amount]":        amount,
		"line_items[0][price_data][product_data][name]": exactly("Contribution"),
		"customer": stripesID, "metadata[reference]": reference, "id": exactly("contribution"), "name": exactly("Contribution"),
		"default_payment_method": stripesID, "off_session": exactly("true"), "proration_behavior": exactly("none"),
		"items[0][id]": stripesID, "items[0][price_data][currency]": exactly("eur"), "items[0][price_data][product]": exactly("contribution"),
		"items[0][price_data][unit_amount]": amount, "items[0][price_data][recurring][interval]": regexp.MustCompile(`^(month|year)$`),
		"trial_end": moment, "pause_collection": exactly(""), "pause_collection[behavior]": exactly("void"), "pause_collection[resumes_at]": moment,
		"limit": regexp.MustCompile(`^(1|100)$`), "charge": stripesID,
		"expand[0]": regexp.MustCompile(`^(latest_charge\.balance_transaction|(data\.)?balance_transaction|payment_method|payment_intent)$`),
		"expand[1]": exactly("data.failure_balance_transaction"),
	}
	headers = []string{"Accept-Encoding", "Content-Length", "Content-Type", "Idempotency-Key", "Stripe-Version", "User-Agent"}
	keys    = regexp.MustCompile(`^(checkout|expire|capture|release|customer|subscription|forget)/[a-z0-9_/]+$|^[0-9]{19}_[A-Za-z0-9_-]{6}$`) // or one of the library's own
)

func exactly(text string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.QuoteMeta(text) + "$")
}

// offences are what was sent and may not be.
func offences(sent []stripefake.Request) (all []string) {
	for _, r := range sent {
		for name, values := range r.Params {
			if rule := allowed[name]; len(values) != 1 || rule == nil || !rule.MatchString(values[0]) {
				all = append(all, r.Method+" "+r.Path+" sends "+name+" = "+strings.Join(values, ","))
			}
		}
		for name, values := range r.Header {
			if !slices.Contains(headers, name) || name == "Idempotency-Key" && !keys.MatchString(values[0]) {
				all = append(all, r.Method+" "+r.Path+" sends header "+name+": "+strings.Join(values, ","))
			}
		}
	}
	return all
}

// everyFlow lets a donor do all that leads to Stripe.
func everyFlow(t *testing.T, w *years) {
	p := w.newPartner()
	once, given, refused := w.pledge(p, pledgeOf(5000, "general")), w.pledge(p, pledgeOf(6000, "general")), w.pledge(p, pledgeOf(7000, "general"))
	w.use(given, visa)
	w.use(refused, "4000001120000005")
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(t.Context(), &donationsv1.CancelPledgeRequest{Name: once.GetName()}); err != nil {
		t.Fatal(err)
	}
	w.each(p, yearly, visa, "general")
	w.each(p, monthly, "4000006430000009", "general")
	made := w.each(p, monthly, visa, "general", "emergency")
	donor := donationsv1.NewGivingServiceClient(p.conn)
	for _, change := range []*donationsv1.ChangeGivingRequest{
		{Amount: postingtest.Money(1234), Tip: postingtest.Money(100), NextPaymentOn: "2027-04-20"}, {Pause: true}, {Resume: true},
		{Pause: true, PauseUntil: "2027-06-01"},
	} {
		change.ReceiptToken = made.GetReceiptToken()
		if _, err := donor.ChangeGiving(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		w.settle()
	}
	if _, err := donor.ChangeCard(t.Context(), &donationsv1.ChangeCardRequest{ReceiptToken: made.GetReceiptToken()}); err != nil {
		t.Fatal(err)
	}
	w.use(made, "5555555555554444")
	w.pass(100 * day)
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(t.Context(), &donationsv1.CancelPledgeRequest{Name: made.GetName()}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if _, err := w.forget(made, ""); err != nil {
		t.Fatal(err)
	}
	w.drain(store.DutyForgetDonor)
}

// Stripe keeps what it is told for years, and states ask it.
func TestStripeLearnsNothingButWhatIsAllowed(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	everyFlow(t, w)
	sent := w.fake.Requests()
	for _, offence := range offences(sent) {
		t.Error(offence)
	}

	// Every kind of call is among them, so that the test has seen it.
	for _, call := range []string{
		"POST /v1/checkout/sessions", "POST /v1/checkout/sessions/", "POST /v1/payment_intents/", "POST /v1/customers", "POST /v1/products",
		"POST /v1/subscriptions", "POST /v1/subscriptions/", "DELETE /v1/subscriptions/", "DELETE /v1/customers/", "POST /v1/payment_methods/", "GET /v1/invoices/",
		"GET /v1/setup_intents/", "GET /v1/subscriptions", "GET /v1/payment_intents/", "GET /v1/checkout/sessions/",
	} {
		if !slices.ContainsFunc(sent, func(r stripefake.Request) bool {
			return r.Method+" "+r.Path == call || strings.HasSuffix(call, "/") && strings.HasPrefix(r.Method+" "+r.Path, call)
		}) {
			t.Errorf("no %s was made", call)
		}
	}
}

// The comparison sees what leaves that must not.
func TestWhatMustNotLeaveIsSeen(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	for _, form := range []string{"email=donor%40friends.example", "metadata[fund]=general", "name=Jane", "metadata[reference]=Jane"} {
		r := httptest.NewRequest(http.MethodPost, "/v1/customers", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer sk_test_wire")
		w.fake.ServeHTTP(httptest.NewRecorder(), r)
		sent := w.fake.Requests()
		if got := offences(sent[len(sent)-1:]); len(got) != 1 {
			t.Errorf("%s: %v", form, got)
		}
	}
}
