package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

// The real Stripe client against the fake on the wire: pages are made and paid,
// webhooks arrive twice, shuffled, signed, and one of them is of a decline.
func TestGiftsArriveOverTheWire(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = b.deliverRaw(body, r.Header.Get("Stripe-Signature"))
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(hook.Close)
	fake, err := stripefake.New(stripefake.Options{
		Key: "sk_test_wire", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Webhooks: stripefake.Webhooks{
			URL: hook.URL, Secrets: []string{signingSecret}, Copies: 2, Shuffle: 50 * time.Millisecond, FirstRetry: 50 * time.Millisecond,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fake.Close() })
	api := httptest.NewServer(fake)
	t.Cleanup(api.Close)
	client := stripeapi.New("sk_test_wire", api.URL)
	b.worker.Pages, b.worker.Objects, b.worker.Holds = client, client, client

	r := b.runner()
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	// Given three pledges, one of which is declined,
	p := b.newPartner()
	for i, card := range []string{"4242424242424242", "4000000000000002", "4242424242424242"} {
		pledge := b.pledge(p, pledgeOf(int64(5000+i), "general"))
		_ = fake.Pay(b.checkout(pledge).SessionID, card) // a decline is an answer too
	}
	// then both gifts are booked, and the decline is known.
	donations := donationsv1.NewDonationServiceClient(b.staff(policyv1.Role_ROLE_TREASURER))
	deadline := time.Now().Add(60 * time.Second)
	for b.ledger.Balance("fund:general:available") != 10002 || b.count("donations", "state = 'FAILED'") != 1 {
		if time.Now().After(deadline) {
			list, err := donations.ListDonations(context.Background(), &donationsv1.ListDonationsRequest{})
			t.Fatalf("available = %d, donations %v, %v", b.ledger.Balance("fund:general:available"), list, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	list, err := donations.ListDonations(context.Background(), &donationsv1.ListDonationsRequest{Filter: `state = "SUCCEEDED"`})
	if err != nil || len(list.GetDonations()) != 2 {
		t.Errorf("succeeded = %v, %v", list, err)
	}
}
