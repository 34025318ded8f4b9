package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
)

// cost is what gifts cost from the first of their events to their booking, each on average.
type cost struct{ trips, jobs, calls, posts float64 }

// costOf lets so many donors pay, delivers their events and does what is owed, and counts.
// Looking for what is owed is not counted: jobs know it.
func costOf(t testing.TB, gifts int) (c cost) {
	t.Helper()
	w := newWire(t)
	p := w.newPartner()
	w.give(p, 5000, "emergency") // after which connections are warm
	for range gifts {
		if err := w.fake.Pay(w.checkout(w.pledge(p, pledgeOf(5000, "emergency", "general"))).SessionID, visa); err != nil {
			t.Fatal(err)
		}
	}
	asked := func() (n int) { // but for what the test itself asks
		for _, r := range w.fake.Requests() {
			if r.Path != "/v1/events" {
				n++
			}
		}
		return n
	}
	jobs, calls, posts := w.count("river_job", "true"), asked(), w.ledger.Calls("Post")
	trips := int64(0)
	for told := -1; told < w.told; {
		told = w.told
		for _, id := range w.fake.Events()[w.told:] {
			body := w.event(id)
			trips += w.trips.During(func() {
				if err := w.deliverRaw(body, sign(body, signingSecret, w.clock())); err != nil {
					t.Fatal(err)
				}
			})
			w.told++
		}
		for _, d := range w.worker.Duties() {
			if d.Kind != store.DutyEvent && d.Kind != store.DutyPost {
				continue
			}
			ids, err := d.Owed(t.Context(), w.clock().Add(time.Second), "", 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				trips += w.trips.During(func() {
					if err := d.Do(t.Context(), id); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	}
	if n := w.count("donations", "posted_at IS NOT NULL"); n != 1+gifts {
		t.Fatalf("%d gifts are booked", n)
	}
	each := func(n int) float64 { return float64(n) / float64(gifts) }
	return cost{each(int(trips)), each(w.count("river_job", "true") - jobs), each(asked() - calls), each(w.ledger.Calls("Post") - posts)}
}

func TestAGiftCostsFewTripsAndCalls(t *testing.T) {
	t.Parallel()
	// Stripe tells of a gift in seven events. Two of them are never acted on, and two come
	// when all is known. A few trips more or less are a matter of which is handled first.
	c := costOf(t, 8)
	if c.trips > 36 || c.jobs > 4 || c.calls > 2 || c.posts > 0.2 {
		t.Errorf("a gift costs %.1f trips to the database, %.1f jobs, %.1f calls of Stripe and %.2f of the ledger", c.trips, c.jobs, c.calls, c.posts)
	}
}

// BenchmarkGift prints what a gift costs.
func BenchmarkGift(b *testing.B) {
	for b.Loop() {
		c := costOf(b, 50)
		fmt.Printf("figure donation.gift.trips %.1f trips\nfigure donation.gift.jobs %.1f jobs\n", c.trips, c.jobs)
		fmt.Printf("figure donation.gift.stripe_calls %.1f calls\nfigure donation.gift.ledger_calls %.2f calls\n", c.calls, c.posts)
	}
}

// What the ledger refuses together it books one by one; what has been booked with another
// is not booked again.
func TestAGiftIsBookedThoughAnotherOneIsRefused(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	for range 3 {
		if err := w.fake.Pay(w.checkout(w.pledge(p, pledgeOf(5000, "emergency"))).SessionID, visa); err != nil {
			t.Fatal(err)
		}
	}
	w.hear()
	for _, d := range w.worker.Duties() {
		if d.Kind == store.DutyEvent {
			dutytest.Drain(t, w.db, d)
		}
	}
	ids, err := w.store.OwedPostings(t.Context(), w.clock().Add(time.Second), "", 10)
	if err != nil || len(ids) != 3 {
		t.Fatalf("%d are to be booked, %v", len(ids), err)
	}
	w.ledger.FailNext("Post", false) // all three
	if err := w.worker.Post(t.Context(), ids[1]); err != nil {
		t.Error(err)
	}
	if w.count("donations", "posted_at IS NOT NULL AND id = '"+ids[1]+"'") != 1 || w.count("donations", "posted_at IS NOT NULL") != 1 {
		t.Error("not just the one is booked")
	}
	calls := w.ledger.Calls("Post")
	for _, id := range append(ids, "d_none") {
		if err := w.worker.Post(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if n := w.ledger.Calls("Post") - calls; n != 1 || w.count("donations", "posted_at IS NOT NULL") != 3 {
		t.Errorf("%d calls for the other two", n)
	}
	w.wantStripe()
}
