package stripeapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// wanted are the events that the tests ask for.
var wanted = []string{"charge.succeeded", "checkout.session.completed"}

// problems are what an examination says, one a line.
func problems(t *testing.T, c *stripeapi.Client, live bool) string {
	t.Helper()
	var all strings.Builder
	for _, f := range c.Examine(t.Context(), live, wanted) {
		if f.Part != "Stripe" || f.Remedy == "" || f.Soon {
			t.Errorf("%+v", f)
		}
		all.WriteString(f.Problem + "\n")
	}
	return all.String()
}

func TestAGoodAccountHasNothingWrong(t *testing.T) {
	t.Parallel()
	c, fake, _ := startFake(t)
	for _, types := range [][]string{nil, wanted, append([]string{"payout.paid"}, wanted...)} {
		fake.SetWebhooks(stripefake.Webhooks{URL: "https://fund.example/webhooks/stripe", Types: types})
		if said := problems(t, c, false); said != "" {
			t.Errorf("with %v: %s", types, said)
		}
	}
}

func TestEachThingThatIsWrongWithAnAccountIsNamed(t *testing.T) {
	t.Parallel()
	good := stripefake.Webhooks{URL: "https://fund.example/webhooks/stripe"}
	for name, test := range map[string]struct {
		account  stripefake.Account
		webhooks stripefake.Webhooks
		live     bool
		says     []string
	}{
		"not activated":     {stripefake.Account{Descriptor: "EXAMPLE", Inactive: true}, good, false, []string{"cannot take payments", "cannot pay out"}},
		"no descriptor":     {stripefake.Account{}, good, false, []string{"has no statement descriptor"}},
		"a telling one":     {stripefake.Account{Descriptor: "Freedom Fund"}, good, false, []string{`"Freedom Fund" tells what`}},
		"no endpoint":       {stripefake.Account{Descriptor: "EXAMPLE"}, stripefake.Webhooks{}, false, []string{"no webhook endpoint leads to"}},
		"another path":      {stripefake.Account{Descriptor: "EXAMPLE"}, stripefake.Webhooks{URL: "https://fund.example/hook"}, false, []string{"no webhook endpoint leads to"}},
		"of the other kind": {stripefake.Account{Descriptor: "EXAMPLE"}, good, true, []string{"no webhook endpoint leads to"}},
		"switched off":      {stripefake.Account{Descriptor: "EXAMPLE", EndpointOff: true}, good, false, []string{"is switched off"}},
		"plain http":        {stripefake.Account{Descriptor: "EXAMPLE"}, stripefake.Webhooks{URL: "http://fund.example/webhooks/stripe"}, false, []string{"not reached by https"}},
		"events are missing": {
			stripefake.Account{Descriptor: "EXAMPLE"}, stripefake.Webhooks{URL: good.URL, Types: []string{"charge.succeeded"}}, false,
			[]string{"is sent checkout.session.completed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, fake, _ := startFake(t)
			fake.SetAccount(test.account)
			fake.SetWebhooks(test.webhooks)
			said := problems(t, c, test.live)
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("got %q, want %q", said, want)
				}
			}
			if strings.Count(said, "\n") != len(test.says) {
				t.Errorf("it says more: %q", said)
			}
		})
	}
}

func TestAnAccountThatCannotBeReadIsOneFault(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{http.StatusUnauthorized: "does not accept the key", http.StatusInternalServerError: "does not answer"} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Stripe-Should-Retry", "false")
			http.Error(w, `{"error":{"type":"api_error","message":"MARK"}}`, status)
		}))
		t.Cleanup(web.Close)
		said := problems(t, stripeapi.New(key, web.URL), false)
		if !strings.Contains(said, want) || strings.Contains(said, "MARK") || strings.Count(said, "\n") != 1 {
			t.Errorf("%d: %q", status, said)
		}
	}
}

// An account of another version of the API would be read wrongly.
func TestAnotherVersionOfTheAPIIsNamed(t *testing.T) {
	t.Parallel()
	_, fake, _ := startFake(t)
	fake.SetWebhooks(stripefake.Webhooks{URL: "https://fund.example/webhooks/stripe"})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fake.ServeHTTP(versioned{w}, r)
	}))
	t.Cleanup(web.Close)
	if said := problems(t, stripeapi.New(key, web.URL), false); !strings.Contains(said, "API version 2019-01-01") {
		t.Errorf("%q", said)
	}
}

// versioned answers in another version.
type versioned struct{ http.ResponseWriter }

// WriteHeader changes the version that the answer names.
func (v versioned) WriteHeader(status int) {
	v.Header().Set("Stripe-Version", "2019-01-01")
	v.ResponseWriter.WriteHeader(status)
}
