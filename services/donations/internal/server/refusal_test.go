package server_test

import (
	"context"
	"sync"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestARefusedPledgeAnswersItsReplayAlike(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail []error // what Stripe answers, one call after the other
		want []fault.Reason
	}{
		"refused at once":            {[]error{stripeapi.ErrRefused}, []fault.Reason{"PAYMENT_REFUSED", "PAYMENT_REFUSED", "PAYMENT_REFUSED"}},
		"another page under its key": {[]error{stripeapi.ErrConflict}, []fault.Reason{"PAYMENT_REFUSED", "PAYMENT_REFUSED"}},
		"refused after a lost answer": {
			[]error{stripeapi.ErrUnknown, stripeapi.ErrUnknown, stripeapi.ErrRefused},
			[]fault.Reason{"PAYMENT_PROCESSOR_UNAVAILABLE", "PAYMENT_PROCESSOR_UNAVAILABLE", "PAYMENT_REFUSED", "PAYMENT_REFUSED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.newPartner()
			req := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general"), RequestId: "one"}
			b.stripe.fail = c.fail
			var refusal string
			for i, want := range c.want {
				_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), req)
				if !fault.Is(err, want) {
					t.Fatalf("answer %d: %v, want %s", i, err, want)
				}
				if want == "PAYMENT_REFUSED" && refusal == "" {
					refusal = err.Error()
				}
				if want == "PAYMENT_REFUSED" && err.Error() != refusal {
					t.Errorf("answer %d: %v, before %s", i, err, refusal)
				}
			}
			// After a restart, too, and Stripe is not asked again.
			asked := len(b.stripe.requests)
			b.serve()
			_, err := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(p.GetSecretKey())).CreatePledge(context.Background(), req)
			if err == nil || err.Error() != refusal || len(b.stripe.requests) != asked {
				t.Errorf("after a restart: %v, Stripe asked %d times more", err, len(b.stripe.requests)-asked)
			}
			if b.count("pledges", "state = 'LAPSED'") != 1 || b.count("checkouts", "state = 'REFUSED'") != 1 {
				t.Error("the pledge did not lapse as refused")
			}
		})
	}
}

// The duty may be the one whom Stripe refuses: the donor's page then still asks.
func TestAPledgeThatStripeRefusesInTheBackgroundAnswersItsRepeatAlike(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pledges := donationsv1.NewPledgeServiceClient(b.newPartner().conn)
	req := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general"), RequestId: "one"}
	b.stripe.fail = []error{stripeapi.ErrUnknown, stripeapi.ErrRefused}
	if _, err := pledges.CreatePledge(context.Background(), req); !fault.Is(err, "PAYMENT_PROCESSOR_UNAVAILABLE") {
		t.Fatalf("first call: %v", err)
	}
	b.drain(store.DutyCheckout)
	for range 2 {
		if _, err := pledges.CreatePledge(context.Background(), req); !fault.Is(err, "PAYMENT_REFUSED") {
			t.Errorf("repeat: %v", err)
		}
	}
}

// After 20 hours Stripe may have forgotten the first try, so that no page is made any
// more. That is final, whoever notices it.
func TestAPledgeWhosePageNeverCameAnswersItsRepeatsAlike(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(b *bench, id string){
		"the repeat notices": func(b *bench, id string) {
			if _, err := b.db.Pool.Exec(context.Background(), `UPDATE checkouts SET created_at = now() - interval '21 hours' WHERE id = $1`, id); err != nil {
				b.t.Fatal(err)
			}
		},
		"the duty notices": func(b *bench, id string) {
			if _, claimed, err := b.storeAt(21*time.Hour).ClaimCheckout(context.Background(), id); err != nil || claimed {
				b.t.Fatal(claimed, err)
			}
		},
		"the page ended": func(b *bench, id string) {
			if err := b.store.CheckoutExpired(context.Background(), id); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.newPartner()
			// Given a pledge without a page, and its end,
			req := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general"), RequestId: "one"}
			wait(b, b.interruptedCall(p, req))
			asked := len(b.stripe.requests)
			// then each repeat is refused, also after a restart,
			for range 2 {
				for range 2 {
					_, err := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(p.GetSecretKey())).CreatePledge(context.Background(), req)
					if !fault.Is(err, "PAYMENT_REFUSED") {
						t.Errorf("repeat: %v", err)
					}
				}
				b.serve()
			}
			// and Stripe is not asked again.
			if len(b.stripe.requests) != asked || b.count("pledges", "state = 'LAPSED'") != 1 {
				t.Errorf("Stripe asked %d times more", len(b.stripe.requests)-asked)
			}
		})
	}
}

func TestManyCopiesOfARefusedCallAreAllRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pledges := donationsv1.NewPledgeServiceClient(b.newPartner().conn)
	req := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general"), RequestId: "one"}
	b.stripe.fail = []error{stripeapi.ErrRefused}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if _, err := pledges.CreatePledge(context.Background(), req); !fault.Is(err, "PAYMENT_REFUSED") {
				t.Errorf("copy %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if len(b.stripe.requests) != 1 {
		t.Errorf("Stripe was asked %d times", len(b.stripe.requests))
	}
}
