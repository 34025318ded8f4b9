package stripefake_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

const secret = "whsec_test"

// endpoint takes webhooks and counts the copies of each event.
type endpoint struct {
	url string

	mu     sync.Mutex
	copies map[string]int // by event id; guarded by mu
	kinds  []string       // in order of arrival; guarded by mu
	refuse int            // how many more deliveries to answer with 500; guarded by mu
	forged int            // deliveries whose signature was wrong; guarded by mu
}

func listen(t *testing.T, refuse int) *endpoint {
	t.Helper()
	e := &endpoint{copies: map[string]int{}, refuse: refuse}
	web := httptest.NewServer(e)
	t.Cleanup(web.Close)
	e.url = web.URL
	return e
}

// ServeHTTP checks a delivery as a program with Stripe's library does.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	event, bad := webhook.ConstructEvent(payload, r.Header.Get("Stripe-Signature"), secret)
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err != nil || bad != nil:
		e.forged++
		w.WriteHeader(http.StatusBadRequest)
	case e.refuse > 0:
		e.refuse--
		w.WriteHeader(http.StatusInternalServerError)
	default:
		e.copies[event.ID]++
		e.kinds = append(e.kinds, string(event.Type))
	}
}

func (e *endpoint) arrived() (kinds []string, copies int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.copies {
		copies += n
	}
	return slices.Sorted(slices.Values(e.kinds)), copies
}

func (e *endpoint) hooks() stripefake.Webhooks {
	return stripefake.Webhooks{URL: e.url, Secrets: []string{secret}, FirstRetry: 5 * time.Millisecond}
}

const allOfAGift = "charge.succeeded checkout.session.completed payment_intent.created payment_intent.succeeded"

func TestEventsArriveSignedAndOnce(t *testing.T) {
	t.Parallel()
	e := listen(t, 0)
	b := start(t, "", e.hooks())
	b.paid(t, 5000)
	eventually(t, "four events", func() bool { kinds, _ := e.arrived(); return strings.Join(kinds, " ") == allOfAGift })
	eventually(t, "all noted as delivered", func() bool {
		for list := b.api.Events.List(nil); list.Next(); {
			if list.Event().PendingWebhooks != 0 {
				return false
			}
		}
		return true
	})
	if _, copies := e.arrived(); copies != 4 || e.forged != 0 {
		t.Errorf("%d copies, %d forged", copies, e.forged)
	}
}

func TestARefusedDeliveryIsRepeated(t *testing.T) {
	t.Parallel()
	e := listen(t, 6)
	b := start(t, "", e.hooks())
	b.paid(t, 5000)
	eventually(t, "four events", func() bool { return len(e.snapshot()) == 4 })
}

func TestADeliveryIsGivenUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	e := listen(t, 1<<30)
	b := start(t, "", e.hooks())
	b.paid(t, 5000)
	b.pass(73 * time.Hour)
	// What was on its way is tried once more.
	eventually(t, "nothing waits", func() bool {
		s, err := b.Settle(t.Context(), b.now())
		return err == nil && s.Failing == 0
	})
	e.mu.Lock()
	e.refuse = 0
	e.mu.Unlock()
	b.pass(time.Hour)
	time.Sleep(50 * time.Millisecond)
	if n := len(e.snapshot()); n != 0 {
		t.Errorf("%d events arrived", n)
	}
}

func TestUndeliveredEventsAreResumedAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := listen(t, 1<<30)
	b := start(t, dir, e.hooks())
	b.paid(t, 5000)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	e.refuse = 0
	e.mu.Unlock()
	start(t, dir, e.hooks())
	// One that was on its way during the restart may arrive twice, as with Stripe.
	eventually(t, "four events", func() bool { return len(e.snapshot()) == 4 })
}

func TestDeliveriesAreRepeatedShuffledAndLostAtWill(t *testing.T) {
	t.Parallel()
	e := listen(t, 0)
	hooks := e.hooks()
	hooks.Copies, hooks.Shuffle = 4, 20*time.Millisecond
	b := start(t, "", hooks)
	for range 10 {
		b.paid(t, 5000)
	}
	eventually(t, "more copies than events", func() bool {
		_, copies := e.arrived()
		return len(e.snapshot()) == 40 && copies > 50
	})
	hooks.LosePercent = 100
	b.SetWebhooks(hooks)
	b.paid(t, 5000)
	time.Sleep(50 * time.Millisecond)
	if n := len(e.snapshot()); n != 40 {
		t.Errorf("%d events arrived, although the last four were to be lost", n)
	}
	// A lost event can be sent by hand.
	ids := b.Events()
	if err := b.Redeliver(ids[len(ids)-1]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the event sent by hand", func() bool { return len(e.snapshot()) == 41 })
	if err := b.Redeliver("evt_nobody"); err == nil {
		t.Error("an unknown event was sent")
	}
}

func (e *endpoint) snapshot() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.copies)
}

func TestOldAndNewSecretSignDuringRotation(t *testing.T) {
	t.Parallel()
	e := listen(t, 0)
	hooks := e.hooks()
	hooks.Secrets = []string{"whsec_next", secret}
	b := start(t, "", hooks)
	b.session(t, 5000)
	b.paid(t, 5000)
	eventually(t, "four events", func() bool { _, copies := e.arrived(); return copies == 4 })
}

func TestTheControlsWorkOverHTTP(t *testing.T) {
	t.Parallel()
	e := listen(t, 0)
	b := start(t, "", hooksOff)
	put := func(method, path, body string) int {
		return b.raw(t, method, path, body, "Content-Type", "application/json").StatusCode
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/_fake/webhooks", `{"url":"` + e.url + `","secrets":["` + secret + `"],"types":["charge.succeeded"],"firstRetryMillis":5}`, 204},
		{"PUT", "/_fake/webhooks", `{"losePercent":101}`, 400},
		{"PUT", "/_fake/webhooks", `{"unknown":1}`, 400},
		{"POST", "/_fake/disruptions", `{"match":"GET /v1/charges","effect":"error503","delayMillis":1}`, 204},
		{"POST", "/_fake/disruptions", `{"effect":"flood"}`, 400},
		{"POST", "/_fake/events/evt_1/redeliver", ``, 404},
		{"GET", "/_fake/events", ``, 200},
		{"GET", "/_fake/requests", ``, 200},
		{"GET", "/v1/charges", ``, 503},
		{"GET", "/v1/charges", ``, 200},
	} {
		if got := put(c.method, c.path, c.body); got != c.status {
			t.Errorf("%s %s %s: %d, want %d", c.method, c.path, c.body, got, c.status)
		}
	}
	b.paid(t, 5000)
	eventually(t, "only the charge", func() bool { kinds, _ := e.arrived(); return strings.Join(kinds, " ") == "charge.succeeded" })
}
