package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// years is the service with the real client against Stripe's fake, whose webhooks arrive,
// and a clock that both read and that stops at whatever is due at Stripe.
type years struct {
	*bench
	fake *stripefake.Server

	mu    sync.Mutex
	clock time.Time // guarded by mu
}

func (w *years) read() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func newYears(t *testing.T, start string) *years {
	t.Helper()
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		t.Fatal(err)
	}
	w := &years{clock: at}
	w.bench = newBenchAt(t, w.read)
	contract, err := stripesContract()
	if err != nil {
		t.Fatal(err)
	}
	hook := httptest.NewServer(http.HandlerFunc(w.hook))
	t.Cleanup(hook.Close)
	w.fake, err = stripefake.New(stripefake.Options{
		Key: "sk_test_wire", Contract: contract, Log: slog.New(slog.DiscardHandler), Now: w.read,
		Webhooks: stripefake.Webhooks{URL: hook.URL, Secrets: []string{signingSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(w.fake)
	t.Cleanup(func() {
		w.fake.Close()
		api.Close()
	})
	client := stripeapi.New("sk_test_wire", api.URL)
	w.worker.Pages, w.worker.Objects, w.worker.Holds, w.worker.Givings = client, client, client, client
	w.worker.Refunds, w.worker.Lists = client, client
	return w
}

func (w *years) hook(resp http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = w.deliverRaw(body, r.Header.Get("Stripe-Signature"))
	}
	if err != nil {
		resp.WriteHeader(http.StatusBadRequest)
	}
}

// settle lets Stripe tell all that has happened, and does what is owed then.
func (w *years) settle() {
	w.t.Helper()
	for range 3 { // what is told to Stripe happens there, and is told back
		if _, err := w.fake.Settle(context.Background(), w.read()); err != nil {
			w.t.Fatal(err)
		}
		w.drain()
	}
}

// pass moves the clock, and stops whenever something is due at Stripe.
func (w *years) pass(d time.Duration) {
	w.t.Helper()
	end := w.read().Add(d)
	for {
		next, err := w.fake.Next(context.Background(), end)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() {
			next = end
		}
		w.mu.Lock()
		w.clock = next
		w.mu.Unlock()
		w.settle()
		if next.Equal(end) {
			return
		}
	}
}

// use pays, or saves a card, on the newest page of a pledge.
func (w *years) use(made *donationsv1.Pledge, card string) {
	w.t.Helper()
	if err := w.fake.Prove(w.checkout(made).SessionID, card, "complete"); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// each begins a pledge of 50.00 EUR each month, or year, with a card.
func (w *years) each(p testPartner, every donationsv1.PledgeRecurrence, card string, funds ...string) *donationsv1.Pledge {
	w.t.Helper()
	asked := pledgeOf(5000, funds...)
	asked.Recurrence = every
	made := w.pledge(p, asked)
	w.use(made, card)
	return made
}

// gifts are the donations of a pledge, oldest first, by state and amount.
func (w *years) gifts(p testPartner, made *donationsv1.Pledge) string {
	w.t.Helper()
	list, err := donationsv1.NewDonationServiceClient(p.conn).ListDonations(context.Background(), &donationsv1.ListDonationsRequest{
		Filter: `pledge = "` + made.GetName() + `"`, OrderBy: "create_time",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, d := range list.GetDonations() {
		all = append(all, strings.TrimPrefix(d.GetState().String(), "DONATION_STATE_")+" "+amountText(d.GetCharged().GetMinorUnits()))
	}
	return strings.Join(all, ", ")
}

func amountText(minor int64) string { return strconv.FormatInt(minor, 10) }
