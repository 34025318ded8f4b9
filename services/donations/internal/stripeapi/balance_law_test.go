package stripeapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// watched is a fake Stripe whose calls about the balance are noted, and before
// some of which somebody gives.
type watched struct {
	t      *testing.T
	fake   *stripefake.Server
	giver  *stripeapi.Client // past the notes
	client *stripeapi.Client

	mu    sync.Mutex
	calls []string
	gives func(call int) bool // before which calls, counted from 1, somebody gives
	given int
}

func watch(t *testing.T) *watched {
	t.Helper()
	giver, fake, _ := startFake(t)
	w := &watched{t: t, fake: fake, giver: giver, gives: func(int) bool { return false }}
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	w.client = stripeapi.New(key, web.URL)
	return w
}

// ServeHTTP notes a call, lets somebody give, and passes the call on.
func (w *watched) ServeHTTP(resp http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	call := strings.TrimPrefix(r.URL.Path, "/v1/")
	for _, cursor := range []string{"starting_after", "ending_before"} {
		if r.URL.Query().Get(cursor) != "" {
			call += " " + cursor
		}
	}
	w.calls = append(w.calls, call)
	if w.gives(len(w.calls)) {
		w.give()
	}
	w.fake.ServeHTTP(resp, r)
}

// give makes a donation, each under its own key.
func (w *watched) give() {
	w.given++
	session, err := w.giver.CreateCheckoutSession(w.t.Context(), checkout(strings.Repeat("g", w.given)))
	if err == nil {
		err = w.fake.Pay(session.ID, "4242 4242 4242 4242")
	}
	if err == nil {
		session, err = w.giver.GetCheckoutSession(w.t.Context(), session.ID)
	}
	if err == nil {
		_, err = w.giver.CapturePayment(w.t.Context(), session.PaymentIntentID, strings.Repeat("t", w.given))
	}
	if err != nil {
		w.t.Errorf("give: %v", err)
	}
}

func (w *watched) heldBefore(before time.Time) error {
	held, err := w.client.BalanceAt(w.t.Context(), before)
	if err == nil && len(held) != 0 {
		w.t.Errorf("held before everything: %v", held)
	}
	return err
}

func TestWhatMovedIsListedOnceAndOnlyItsEndBetweenTwoReadings(t *testing.T) {
	t.Parallel()
	w := watch(t)
	for range 120 {
		w.give()
	}
	if err := w.heldBefore(time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"balance_transactions", "balance_transactions starting_after", "balance", "balance_transactions ending_before", "balance",
	}
	if diff := cmp.Diff(want, w.calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatMovesWhileItIsListedIsNeitherLostNorCountedTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before int
		gives  func(call int) bool
	}{
		"the first of all":       {0, func(call int) bool { return call == 2 }},
		"before the first list":  {2, func(call int) bool { return call == 1 }},
		"before the reading":     {2, func(call int) bool { return call == 2 }},
		"between both readings":  {2, func(call int) bool { return call == 3 }},
		"before the second one":  {2, func(call int) bool { return call == 4 }},
		"during three of them":   {2, func(call int) bool { return call <= 10 && call%3 == 0 }},
		"more than a page holds": {101, func(call int) bool { return call == 4 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t)
			for range c.before {
				w.give()
			}
			w.gives = c.gives
			if err := w.heldBefore(time.Now().Add(-time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMoneyThatNeverStopsMovingEndsTheLook(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.give()
	w.gives = func(int) bool { return true }
	if err := w.heldBefore(time.Now().Add(-time.Hour)); !errors.Is(err, stripeapi.ErrMoving) || len(w.calls) != 13 {
		t.Errorf("after %d calls: %v", len(w.calls), err)
	}
}
