// Package stripeapi is the only place that talks to Stripe: it turns the calls
// that donations needs into Stripe's API 2023-10-16 and back, in money.Amount
// and a few errors that a caller can tell apart. It stores nothing: that
// is for its callers.
package stripeapi

import (
	"context"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
)

// callTimeout bounds one HTTP exchange with Stripe; a caller's shorter deadline
// wins.
const callTimeout = 20 * time.Second

// Client makes calls to one Stripe account. It is safe for concurrent use.
type Client struct {
	api *client.API
}

// New returns a client that signs in with a secret key. An empty baseURL is
// Stripe itself; anything else is a server that speaks Stripe's protocol, such
// as the fake.
func New(key, baseURL string) *Client {
	if baseURL == "" {
		baseURL = stripe.APIURL
	}
	config := &stripe.BackendConfig{
		EnableTelemetry:   stripe.Bool(false),
		HTTPClient:        &http.Client{Transport: anonymous{http.DefaultTransport}, CheckRedirect: noRedirect, Timeout: callTimeout},
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
		MaxNetworkRetries: stripe.Int64(1),
		URL:               stripe.String(baseURL),
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	return &Client{api: client.New(key, &stripe.Backends{API: backend, Connect: backend, Uploads: backend})}
}

// anonymous takes off what the library tells Stripe about this machine: its
// user agent header carries the output of uname, host name included.
type anonymous struct{ next http.RoundTripper }

// RoundTrip sends the request without the header.
func (a anonymous) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("X-Stripe-Client-User-Agent")
	return a.next.RoundTrip(r)
}

// noRedirect keeps the key from travelling to an address that nobody
// configured.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// params returns the common part of a call: its context, the idempotency key of
// a call that changes something, and what to expand in the answer.
func params(ctx context.Context, idempotencyKey string, expand ...string) stripe.Params {
	p := stripe.Params{Context: ctx}
	if idempotencyKey != "" {
		p.IdempotencyKey = stripe.String(idempotencyKey)
	}
	for _, field := range expand {
		p.AddExpand(field)
	}
	return p
}

// instant turns Stripe's seconds into UTC; zero stays the zero time.
func instant(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
