package stripefake_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// contract is read once for all fakes of this test process.
var contract = sync.OnceValues(stripefake.LoadContract)

// bench is a fake with a real client, a clock and an endpoint for webhooks.
type bench struct {
	*stripefake.Server
	api *client.API
	url string

	mu    sync.Mutex
	clock time.Time // guarded by mu
}

// start starts a fake with its state in dir, empty for memory.
func start(t *testing.T, dir string, hooks stripefake.Webhooks) *bench {
	t.Helper()
	c, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{clock: time.Now()}
	b.Server, err = stripefake.New(stripefake.Options{Dir: dir, Contract: c, Now: b.now, Webhooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(b.Server)
	t.Cleanup(func() {
		web.Close()
		b.Close() //nolint:errcheck // some tests close it themselves
	})
	b.url = web.URL
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(web.URL), LeveledLogger: &stripe.LeveledLogger{}, MaxNetworkRetries: stripe.Int64(0),
	})
	b.api = client.New("sk_test_bench", &stripe.Backends{API: backend, Connect: backend, Uploads: backend})
	return b
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

// session opens a page over cents of EUR.
func (b *bench) session(t *testing.T, cents int64) *stripe.CheckoutSession {
	t.Helper()
	s, err := b.api.CheckoutSessions.New(checkout("eur", cents))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// paid opens a page, pays it, and returns its charge.
func (b *bench) paid(t *testing.T, cents int64) *stripe.Charge {
	t.Helper()
	s := b.session(t, cents)
	if err := b.Pay(s.ID, "4242424242424242"); err != nil {
		t.Fatal(err)
	}
	s, err := b.api.CheckoutSessions.Get(s.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &stripe.PaymentIntentParams{}
	p.AddExpand("latest_charge.balance_transaction")
	intent, err := b.api.PaymentIntents.Get(s.PaymentIntent.ID, p)
	if err != nil {
		t.Fatal(err)
	}
	return intent.LatestCharge
}

func checkout(currency string, minor int64) *stripe.CheckoutSessionParams {
	return &stripe.CheckoutSessionParams{
		Mode: stripe.String("payment"), PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		SuccessURL: stripe.String("https://partner.example/thanks"), CancelURL: stripe.String("https://partner.example/back"),
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String(currency), UnitAmount: stripe.Int64(minor),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String("Contribution")},
			},
		}},
	}
}

// raw sends a form as it is.
func (b *bench) raw(t *testing.T, method, path, form string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_bench")
	if method == http.MethodPost || method == http.MethodDelete {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() }) //nolint:errcheck // read to its end or not needed
	return resp
}

func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// eventually waits until ok, or fails the test after ten seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
