package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Whatever happens to a pledge in whatever order: a page is shown only while it can
// be paid on, what is not made is owed, a refusal lasts, and money is never lost.
func TestNoOrderOfStepsBreaksAPledge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	steps := map[string]func(p pledge.Pledge) error{
		"claim":  func(p pledge.Pledge) error { _, _, err := b.ClaimCheckout(ctx, p.Checkout.ID); return err },
		"free":   func(p pledge.Pledge) error { return b.FreeCheckout(ctx, p.Checkout.ID) },
		"open":   func(p pledge.Pledge) error { _, err := b.OpenCheckout(ctx, p.Checkout.ID, checkoutOf(p)); return err },
		"refuse": func(p pledge.Pledge) error { _, err := b.RefuseCheckout(ctx, p.Checkout.ID); return err },
		"cancel": func(p pledge.Pledge) error {
			_, err := b.CancelPledge(ctx, store.Everything, p.ID)
			if fault.Is(err, "ILLEGAL_STATE") {
				return nil
			}
			return err
		},
		"further": func(p pledge.Pledge) error {
			_, _, err := b.AddCheckout(ctx, store.Everything, p.ID)
			if fault.Is(err, "ILLEGAL_STATE") {
				return nil
			}
			return err
		},
		"expire": func(p pledge.Pledge) error { return b.CheckoutExpired(ctx, p.Checkout.ID) },
		"close":  func(p pledge.Pledge) error { return b.CheckoutClosed(ctx, p.Checkout.ID) },
		"pay":    func(p pledge.Pledge) error { return b.Record(ctx, paid(p, "EUR"), noon()) },
		"fail":   func(p pledge.Pledge) error { return b.Record(ctx, tried(p, donation.Failed), time.Time{}) },
	}
	names := []string{"claim", "free", "open", "further", "refuse", "cancel", "expire", "close", "pay", "fail"}
	rapid.Check(t, func(t *rapid.T) {
		p := b.pledge("general")
		done := map[string]bool{}
		for _, step := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 8).Draw(t, "steps") {
			if err := steps[step](p); err != nil {
				t.Fatalf("%s: %v", step, err)
			}
			before := p
			var err error
			if p, err = b.Pledge(ctx, store.Everything, p.ID); err != nil {
				t.Fatal(err)
			}
			done[step] = true
			switch {
			case (p.Checkout.URL != "") != (p.State == pledge.Pending && p.Checkout.SessionID != ""):
				t.Errorf("after %s the page of a pledge in %s is %q", step, p.State, p.Checkout.URL)
			case done["pay"] != (p.State == pledge.Fulfilled):
				t.Errorf("after %s a pledge that was paid (%v) is %s", step, done["pay"], p.State)
			case before.Refused && !p.Refused || p.Refused && p.State == pledge.Pending:
				t.Errorf("after %s: refused %v, before %v, in %s", step, p.Refused, before.Refused, p.State)
			case step != "further" && p.Checkout.ID != before.Checkout.ID:
				t.Errorf("after %s the page is another one", step)
			}
			if p.Waits() != (b.count("checkouts", "pledge_id = '"+p.ID+"' AND open_owed_at IS NOT NULL") == 1) {
				t.Errorf("after %s: waits for its page %v, and that is not what is owed", step, p.Waits())
			}
			if _, err := before.Checkout.State.Move(p.Checkout.State); err != nil && p.Checkout.ID == before.Checkout.ID {
				t.Errorf("after %s: %v", step, err)
			}
			if n := b.count("checkouts", "pledge_id = '"+p.ID+"' AND state IN ('PENDING', 'OPEN')"); n > 1 || (n == 1) != (p.State == pledge.Pending) {
				t.Errorf("after %s: %d pages of a pledge in %s can be paid on", step, n, p.State)
			}
		}
	})
}

func TestAPageIsOwedItsClosingWhereThePledgeEndedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	cancelled, refused := b.pledge("general"), b.pledge("general")
	_, err := b.CancelPledge(ctx, store.Everything, cancelled.ID)
	b.must(err)
	_, err = b.RefuseCheckout(ctx, refused.Checkout.ID)
	b.must(err)
	for _, p := range []pledge.Pledge{cancelled, refused} {
		now, err := b.OpenCheckout(ctx, p.Checkout.ID, checkoutOf(p))
		if err != nil || now.Checkout.URL != "" || now.Checkout.SessionID == "" || now.State == pledge.Pending {
			t.Errorf("opened late: %+v, %v", now, err)
		}
	}
	owed, err := b.OwedExpiries(ctx, noon().Add(time.Second), "", 10)
	if err != nil || len(owed) != 2 || b.count("river_job", "args->>'duty' = 'checkout.expire'") != 2 {
		t.Errorf("owed = %v, %v", owed, err)
	}
}

func TestARefusalThatCameTooLateLeavesThePage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.pledge("general")
	_, err := b.OpenCheckout(context.Background(), p.Checkout.ID, checkoutOf(p))
	b.must(err)
	now, err := b.RefuseCheckout(context.Background(), p.Checkout.ID)
	if err != nil || now.Refused || now.Checkout != checkoutOf(p) || now.CheckPayable() != nil {
		t.Errorf("pledge = %+v, %v", now, err)
	}
	// And a second page, made by another caller, does not replace the first.
	other := checkoutOf(p)
	other.SessionID = "cs_other"
	if now, err = b.OpenCheckout(context.Background(), p.Checkout.ID, other); err != nil || now.Checkout != checkoutOf(p) {
		t.Errorf("second page: %+v, %v", now.Checkout, err)
	}
	if _, err := b.OpenCheckout(context.Background(), "co_none", other); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("no checkout: %v", err)
	}
	if _, _, err := b.ClaimCheckout(context.Background(), "co_none"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("claim of no checkout: %v", err)
	}
}

func TestCancellingRacesWithPaying(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 10 {
		p := b.pledge("general")
		_, err := b.OpenCheckout(context.Background(), p.Checkout.ID, checkoutOf(p))
		b.must(err)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := b.CancelPledge(context.Background(), store.Everything, p.ID); err != nil && !fault.Is(err, "ILLEGAL_STATE") {
				t.Errorf("cancel: %v", err)
			}
		})
		for range 3 {
			all.Go(func() {
				if err := b.Record(context.Background(), paid(p, "EUR"), noon()); err != nil {
					t.Errorf("record: %v", err)
				}
			})
		}
		all.Wait()
		now, err := b.Pledge(context.Background(), store.Everything, p.ID)
		if err != nil || now.State != pledge.Fulfilled {
			t.Errorf("pledge = %s, %v; money that arrived counts", now.State, err)
		}
	}
	if b.count("donations", "state = 'SUCCEEDED'") != 10 || b.count("donation_parts", "true") != 10 {
		t.Error("a payment is recorded twice, or not at all")
	}
}

func TestAPageIsReadAgainWhenItsDayHasCome(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	p := b.pledge("general")
	_, err := b.OpenCheckout(ctx, p.Checkout.ID, checkoutOf(p))
	b.must(err)
	owed := func(at time.Time) int {
		ids, err := b.OwedRereads(ctx, at, "", 10)
		b.must(err)
		return len(ids)
	}
	end := checkoutOf(p).ExpiresAt
	if owed(end) != 0 || owed(end.Add(6*time.Minute)) != 1 {
		t.Error("a page is read again before its end, or not after it")
	}
	b.must(b.RereadLater(ctx, p.Checkout.ID, end.Add(time.Hour)))
	if owed(end.Add(6*time.Minute)) != 0 || owed(end.Add(2*time.Hour)) != 1 {
		t.Error("putting off did not put off")
	}
	b.must(b.CheckoutExpired(ctx, p.Checkout.ID))
	if err := b.RereadLater(ctx, p.Checkout.ID, end); !fault.OfKind(err, fault.NotFound) || owed(end.Add(2*time.Hour)) != 0 {
		t.Errorf("after the end: %v", err)
	}
}
