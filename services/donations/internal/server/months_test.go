package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// months is the service behind its REST, with Stripe's stand-in on the wire, gifts that
// clear as in production, and a clock that stops at whatever is due at Stripe.
type months struct {
	*wire
	url     string
	partner *restclient.Client
}

func newMonths(t *testing.T) *months {
	t.Helper()
	m := &months{wire: newWire(t)}
	m.worker.Givings = m.client
	mux, conn := runtime.NewServeMux(), m.rpc.As(identity.Caller{Service: "gateway"})
	for _, register := range []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
		donationsv1.RegisterPledgeServiceHandler, donationsv1.RegisterDonationServiceHandler,
		donationsv1.RegisterReceiptServiceHandler, donationsv1.RegisterGivingServiceHandler,
	} {
		if err := register(t.Context(), mux, conn); err != nil {
			t.Fatal(err)
		}
	}
	web, hook := httptest.NewServer(mux), httptest.NewServer(http.HandlerFunc(m.hook))
	t.Cleanup(web.Close)
	t.Cleanup(hook.Close)
	m.fake.SetWebhooks(stripefake.Webhooks{URL: hook.URL, Secrets: []string{signingSecret}})
	m.url, m.partner = web.URL, restclient.New(web.URL, m.newPartner().GetSecretKey())
	return m
}

func (m *months) hook(resp http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = m.deliverRaw(body, r.Header.Get("Stripe-Signature"))
	}
	if err != nil {
		resp.WriteHeader(http.StatusBadRequest)
	}
}

// settle lets Stripe tell all that has happened, and does what is owed then.
func (m *months) settle() {
	m.t.Helper()
	for range 3 { // what is told to Stripe happens there, and is told back
		_, err := m.fake.Settle(m.t.Context(), m.clock())
		m.must(err)
		m.work()
	}
}

// given is a pledge as its partner sees it over REST.
type given struct{ Name, State, CheckoutURL, ReceiptToken, PaymentFailure, NextPaymentOn, Trouble string }

func (m *months) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// begin makes a pledge of 50.00 EUR, once or each month, and uses a card on its page.
func (m *months) begin(recurrence, card string) (g given) {
	m.t.Helper()
	m.must(m.partner.Post(m.t.Context(), "/v1/pledges", map[string]any{
		"amount": map[string]any{"currencyCode": "EUR", "minorUnits": "5000"}, "returnUrl": "https://friends.example/thanks/you",
		"designations": []any{map[string]any{"fund": "funds/emergency"}}, "recurrence": recurrence,
	}, &g))
	m.use(g.CheckoutURL, card)
	return g
}

// use uses a card on a page, and lets all be told.
func (m *months) use(page, card string) {
	m.t.Helper()
	page = page[strings.LastIndex(page, "/")+1:]
	page, _, _ = strings.Cut(page, "?")
	m.must(m.fake.Prove(page, card, "complete"))
	m.settle()
}

func (m *months) seen(g given) given {
	m.t.Helper()
	m.must(m.partner.Get(m.t.Context(), "/v1/"+g.Name, &g))
	return g
}

// donor does something with the token alone.
func (m *months) donor(g given, verb string, more map[string]any, out any) {
	m.t.Helper()
	body := map[string]any{"receiptToken": g.ReceiptToken, "requestId": verb + m.clock().Format(time.RFC3339)}
	for name, value := range more {
		body[name] = value
	}
	m.must(restclient.New(m.url, "").Post(m.t.Context(), "/v1/receipts:"+verb, body, out))
	m.settle()
}

// received is how many gifts of a pledge have succeeded, and how many of them have cleared.
func (m *months) received(g given) (gifts, cleared int) {
	m.t.Helper()
	var list struct{ Donations []struct{ ClearedOn string } }
	m.must(m.partner.Get(m.t.Context(), `/v1/donations?filter=state%3DSUCCEEDED%20AND%20pledge%3D%22`+g.Name+`%22`, &list))
	for _, d := range list.Donations {
		if d.ClearedOn != "" {
			cleared++
		}
	}
	return len(list.Donations), cleared
}

// pass moves the clock; whatever is due on the way happens at its time.
func (m *months) pass(d time.Duration) {
	m.t.Helper()
	for end := m.clock().Add(d); ; {
		next, err := m.fake.Next(m.t.Context(), end)
		m.must(err)
		if midnight := m.clock().Truncate(day).Add(day); next.IsZero() || midnight.Before(next) {
			next = midnight
		}
		if next.After(end) {
			next = end
		}
		m.later(next.Sub(m.clock()))
		m.settle()
		for _, fund := range m.due() {
			err = errors.Join(err, m.worker.Store.OpenRuns(m.t.Context(), fund))
		}
		m.must(err)
		m.work()
		if next.Equal(end) {
			return
		}
	}
}

// want holds how many gifts of a pledge have come, and how many have cleared.
func (m *months) want(what string, g given, gifts, cleared int) {
	m.t.Helper()
	if n, c := m.received(g); n != gifts || c != cleared {
		m.t.Errorf("%s, on %s: %d gifts, %d cleared; want %d and %d", what, m.clock().Format(time.DateOnly), n, c, gifts, cleared)
	}
}
