package server_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Whatever Stripe sends of one payment, in whatever order and however often, the
// books say the same.
func TestEventsMayComeTwiceAndInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.newPartner()
			random := rand.New(rand.NewPCG(seed, 1))
			type delivery struct {
				id, kind string
				object   map[string]any
			}
			var deliveries []delivery
			for i := range 6 {
				pledge := b.pledge(p, pledgeOf(5000, "general"))
				intent := b.stripe.try(pledge.GetName(), false)
				page := b.stripe.page(pledge.GetName()).ID
				for _, d := range []delivery{
					{"a", "payment_intent.created", map[string]any{"id": intent, "object": "payment_intent"}},
					{"b", "charge.succeeded", map[string]any{"id": "ch_" + page, "object": "charge", "payment_intent": intent}},
					{"c", "payment_intent.succeeded", map[string]any{"id": intent, "object": "payment_intent"}},
					{"d", "checkout.session.completed", map[string]any{"id": page, "object": "checkout.session", "payment_intent": intent}},
					{"e", "charge.updated", map[string]any{"id": "ch_" + page, "object": "charge"}},
				} {
					d.id = fmt.Sprintf("evt_%d%s", i, d.id)
					for range 1 + random.IntN(4) {
						deliveries = append(deliveries, d)
					}
				}
			}
			random.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
			for i, d := range deliveries {
				if err := b.deliver(d.id, d.kind, d.object); err != nil {
					t.Fatal(err)
				}
				if i%20 == 19 {
					b.drain()
				}
			}
			b.drain()
			b.ledger.WantBalances(t, map[string]int64{
				"asset:stripe": -6 * 4900, "fund:general:available": 6 * 5000, "deficit:general": -6 * 100,
			})
			if n := b.count("donations", "state = 'SUCCEEDED'"); n != 6 {
				t.Errorf("%d donations", n)
			}
		})
	}
}

func TestAFailedTryMayBeFollowedByAGoodOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledge := b.pledge(p, pledgeOf(5000, "general"))

	intent := b.stripe.try(pledge.GetName(), true)
	b.tell("evt_1", "payment_intent.payment_failed", pledge, intent)
	b.drain()
	if d := b.donation(p, pledge); d.GetState() != donationsv1.DonationState_DONATION_STATE_FAILED || d.GetGross() != nil {
		t.Errorf("after a decline: %v", d)
	}
	if b.count("pledges", "state = 'PENDING'") != 1 || len(b.ledger.Transactions()) != 0 {
		t.Error("a decline ended the pledge, or was booked")
	}

	b.pay(pledge)
	b.drain()
	if d := b.donation(p, pledge); d.GetState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED {
		t.Errorf("after paying: %v", d)
	}
	// And the older look, coming late, does not undo it.
	id := pledge.GetName()[len("pledges/"):]
	reading := lookedAt(b, intent, id)
	if err := b.store.Record(context.Background(), reading, time.Time{}); err != nil {
		t.Fatal(err)
	}
	// Nor does the same look twice, as when two runs of a duty read at once.
	reading.State, reading.Settled = donation.Succeeded, &donation.Settlement{Gross: reading.Charged, Fee: reading.Charged}
	if err := b.store.Record(context.Background(), reading, time.Time{}); err != nil {
		t.Errorf("the same look twice: %v", err)
	}
	if d := b.donation(p, pledge); d.GetState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED || d.GetFee().GetMinorUnits() != 100 {
		t.Errorf("after older looks: %v", d)
	}
}

func TestAPageThatNobodyPaidLapses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	told, untold, paid := b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general"))
	intent := b.stripe.try(told.GetName(), true)
	for _, pledge := range []*donationsv1.Pledge{told, untold} {
		b.stripe.page(pledge.GetName()).Status = "expired"
	}
	b.stripe.try(paid.GetName(), false) // and its events are lost

	b.tell("evt_1", "checkout.session.expired", told, intent)
	b.drain()
	if d := b.donation(p, told); d.GetState() != donationsv1.DonationState_DONATION_STATE_FAILED {
		t.Errorf("donation = %v", d)
	}
	// A day later the pages whose end no event has told are read.
	owed, err := b.store.OwedRereads(context.Background(), time.Now().Add(25*time.Hour), "", 10)
	if err != nil || len(owed) != 2 {
		t.Fatalf("owed = %v, %v", owed, err)
	}
	b.drain(store.DutyReread)
	b.drain()
	if n := b.count("pledges", "state = 'LAPSED'"); n != 2 {
		t.Errorf("%d pledges lapsed, want 2", n)
	}
	if got := b.ledger.Balance("fund:general:available"); got != 5000 {
		t.Errorf("the gift whose events were lost: available = %d", got)
	}
}

func TestWhatNoRuleExplainsIsKeptWithItsReason(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	wrong, partly := b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general"))
	intent, part := b.stripe.taken(wrong.GetName()), b.stripe.taken(partly.GetName())
	b.stripe.intents[intent].Amount.MinorUnits, b.stripe.intents[intent].Received.MinorUnits = 4999, 4999
	b.stripe.intents[part].Received.MinorUnits = 4999
	for id, c := range map[string]struct {
		kind, want string
		object     map[string]any
	}{
		"evt_refund":   {"refund.created", "KEPT " + event.UnknownPayment, map[string]any{"id": "re_1", "object": "refund"}},
		"evt_dispute":  {"charge.dispute.created", "KEPT " + event.UnknownPayment, map[string]any{"id": "dp_1", "object": "dispute"}},
		"evt_new":      {"something.new", "KEPT " + event.UnknownType, map[string]any{"id": "x_1", "object": "something"}},
		"evt_foreign":  {"payment_intent.succeeded", "KEPT " + event.UnknownPayment, map[string]any{"id": "pi_none", "object": "payment_intent"}},
		"evt_amount":   {"payment_intent.succeeded", "KEPT " + event.AmountDiffers, map[string]any{"id": intent, "object": "payment_intent"}},
		"evt_part":     {"payment_intent.succeeded", "KEPT " + event.AmountDiffers, map[string]any{"id": part, "object": "payment_intent"}},
		"evt_customer": {"customer.created", "IGNORED " + event.NotOurs, map[string]any{"id": "cus_1", "object": "customer"}},
	} {
		if err := b.deliver(id, c.kind, c.object); err != nil {
			t.Fatal(err)
		}
		b.drain(store.DutyEvent)
		var got string
		if err := b.db.Pool.QueryRow(context.Background(), `SELECT state || ' ' || reason FROM stripe_events WHERE id = $1`, id).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", id, got, err, c.want)
		}
	}
	if len(b.ledger.Transactions()) != 0 || b.count("donations", "true") != 0 {
		t.Error("something was booked as a gift")
	}
	// What is unknown waits in the list, and so does the money that fits no pledge.
	if b.count("stripe_items", "reason = 'UNKNOWN_TYPE' AND stripe_id = 'evt_new' AND state = 'WAITING'") != 1 || b.count("stripe_items", "amount > 0") != 2 {
		t.Error("something stands in no list")
	}
}

// A pinned endpoint gets events in another account's version, too. Their shape cannot
// hurt: only ids are read, and the objects again in our version.
func TestAnEventInAnotherVersionOfTheAPIBringsItsGift(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	for i, version := range []string{`"2024-06-20"`, "null", `"2023-10-16"`} {
		pledge := b.pledge(p, pledgeOf(5000, "general"))
		b.stripe.try(pledge.GetName(), false)
		body := eventBody(fmt.Sprintf("evt_%d", i), "checkout.session.completed",
			map[string]any{"id": b.stripe.page(pledge.GetName()).ID, "object": "checkout.session", "payment_intent": nil})
		body = bytes.Replace(body, []byte(`"2023-10-16"`), []byte(version), 1)
		if err := b.deliverRaw(body, sign(body, signingSecret, time.Now())); err != nil {
			t.Errorf("version %s: %v", version, err)
		}
		b.drain()
		if d := b.donation(p, pledge); d.GetState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED {
			t.Errorf("version %s: %v", version, d.GetState())
		}
	}
}

func TestAnEventWaitsUntilStripeAnswers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	intent := b.stripe.taken(pledge.GetName())
	credited := b.stripe.intents[intent].LatestCharge.Balance
	b.stripe.intents[intent].LatestCharge.Balance = nil
	b.tell("evt_1", "payment_intent.succeeded", pledge, intent)

	for range 2 {
		if err := b.worker.Event(context.Background(), "evt_1"); !fault.Is(err, "PAYMENT_NOT_SETTLED_YET") {
			t.Errorf("before it is credited: %v", err)
		}
	}
	b.stripe.intents[intent].LatestCharge.Balance = credited
	b.stripe.fail = []error{stripeapi.ErrUnknown}
	if err := b.worker.Event(context.Background(), "evt_1"); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("while Stripe is silent: %v", err)
	}
	// Then many runs of the same duty at once have one effect.
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := b.worker.Event(context.Background(), "evt_1"); err != nil {
				t.Errorf("event: %v", err)
			}
		})
	}
	all.Wait()
	b.drain()
	if got := b.ledger.Balance("fund:general:available"); got != 5000 || b.count("donations", "true") != 1 {
		t.Errorf("available = %d, donations %d", got, b.count("donations", "true"))
	}
}

// Every event file of the shared data is taken in and judged without a fault.
func TestRealEventsAreTakenIn(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("SOLIDARITY_DATA")
	if folder == "" {
		t.Skip("SOLIDARITY_DATA is not set")
	}
	files, err := filepath.Glob(filepath.Join(folder, "stripe", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no Stripe events in SOLIDARITY_DATA: %v", err)
	}
	b := newBench(t)
	for i, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.Replace(body, []byte("evt_00000000000000"), fmt.Appendf(nil, "evt_%014d", i), 1)
		body = bytes.Replace(body, []byte(`"livemode": true`), []byte(`"livemode": false`), 1)
		if err := b.deliverRaw(body, sign(body, signingSecret, time.Now())); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	b.drain(store.DutyEvent)
	if n := b.count("stripe_events", "state IN ('KEPT', 'IGNORED') AND reason <> ''"); n != len(files) {
		t.Errorf("%d of %d events were judged", n, len(files))
	}
}
