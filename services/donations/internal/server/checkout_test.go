package server_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// interrupted starts a pledge whose page is still to be made, and returns that.
func (b *bench) interrupted(p testPartner) (id string) {
	b.t.Helper()
	return b.interruptedCall(p, &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general")})
}

func (b *bench) interruptedCall(p testPartner, req *donationsv1.CreatePledgeRequest) (id string) {
	b.t.Helper()
	b.stripe.fail = []error{stripeapi.ErrUnknown}
	_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), req)
	if !fault.OfKind(err, fault.Unavailable) {
		b.t.Fatalf("create pledge: %v", err)
	}
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT id FROM checkouts ORDER BY created_at DESC LIMIT 1`).Scan(&id); err != nil {
		b.t.Fatal(err)
	}
	return id
}

// checkout is the newest payment page of a pledge.
func (b *bench) checkout(made *donationsv1.Pledge) pledge.Checkout {
	b.t.Helper()
	p, err := b.store.Pledge(context.Background(), store.Everything, made.GetName()[len("pledges/"):])
	if err != nil {
		b.t.Fatal(err)
	}
	return p.Checkout
}

// storeAt is the same database seen at another time.
func (b *bench) storeAt(d time.Duration) *store.Store {
	return store.New(b.db, dutytest.Queue(b.t), b.rows, func() time.Time { return time.Now().Add(d) })
}

func TestOneCallerAtATimeMakesAPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.interrupted(b.newPartner())
	ctx := context.Background()
	var claims atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			_, claimed, err := b.store.ClaimCheckout(ctx, id)
			if err != nil {
				t.Errorf("claim: %v", err)
			}
			if claimed {
				claims.Add(1)
			}
		})
	}
	all.Wait()
	if claims.Load() != 1 {
		t.Errorf("%d claims, want 1", claims.Load())
	}
	// A claimant that died is replaced after the time that a call may take.
	if _, claimed, err := b.storeAt(5*time.Second).ClaimCheckout(ctx, id); err != nil || claimed {
		t.Errorf("after 5 s: %v, %v", claimed, err)
	}
	if _, claimed, err := b.storeAt(40*time.Second).ClaimCheckout(ctx, id); err != nil || !claimed {
		t.Errorf("after 40 s: %v, %v", claimed, err)
	}
	// And the duty finishes what nobody else does.
	if err := b.store.FreeCheckout(ctx, id); err != nil {
		t.Fatal(err)
	}
	b.drain(store.DutyCheckout)
	if b.count("checkouts", "session_id IS NOT NULL AND state = 'OPEN' AND claimed_at IS NULL") != 1 {
		t.Error("the page is not recorded")
	}
}

func TestACallIsNotRepeatedAfterStripeMayHaveForgottenIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.interrupted(b.newPartner())
	if _, claimed, err := b.storeAt(19*time.Hour).ClaimCheckout(context.Background(), id); err != nil || !claimed {
		t.Errorf("after 19 hours: %v, %v", claimed, err)
	}
	if _, claimed, err := b.storeAt(21*time.Hour).ClaimCheckout(context.Background(), id); err != nil || claimed {
		t.Errorf("after 21 hours: %v, %v", claimed, err)
	}
	if b.count("pledges", "state = 'LAPSED'") != 1 || b.count("checkouts", "state = 'REFUSED'") != 1 {
		t.Error("the pledge did not lapse")
	}
}

func TestAPledgeThatStripeRefusesLapses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	b.stripe.fail = []error{stripeapi.ErrRefused}
	_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general")})
	if !fault.Is(err, "PAYMENT_REFUSED") {
		t.Errorf("error = %v", err)
	}
	if b.count("pledges", "state = 'LAPSED'") != 1 || b.count("checkouts", "state = 'REFUSED'") != 1 {
		t.Error("the pledge did not lapse")
	}
}

func TestAPageMadeWhileItsPledgeWasCancelledIsClosed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	id := b.interrupted(p)
	if _, claimed, err := b.store.ClaimCheckout(context.Background(), id); err != nil || !claimed {
		t.Fatalf("claim: %v, %v", claimed, err)
	}
	g, err := b.store.PledgeOf(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(context.Background(), &donationsv1.CancelPledgeRequest{Name: "pledges/" + g.ID}); err != nil {
		t.Fatal(err)
	}
	// The claimant, who knows nothing of it, records its page.
	page := b.stripe.page("pledges/" + g.ID)
	g.Checkout.SessionID, g.Checkout.URL, g.Checkout.ExpiresAt = page.ID, page.URL, page.ExpiresAt
	if _, err := b.store.OpenCheckout(context.Background(), id, g.Checkout); err != nil {
		t.Fatal(err)
	}
	b.drain()
	if page.Status != "expired" || b.count("pledges", "state = 'CANCELLED'") != 1 || b.count("checkouts", "state = 'EXPIRED' AND expire_owed_at IS NULL") != 1 {
		t.Errorf("page is %s", page.Status)
	}
}

func TestAPageOfWhichNothingFinalIsKnownIsReadAgainLater(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	open, processing, gone := b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general"))
	intent := b.stripe.try(processing.GetName(), true)
	b.stripe.intents[intent].Status, b.stripe.intents[intent].FailureCode = "processing", ""
	b.stripe.page(processing.GetName()).Status = "complete"
	delete(b.stripe.sessions, b.stripe.page(gone.GetName()).ID)
	for _, pledge := range []*donationsv1.Pledge{open, processing, gone} {
		if err := b.worker.ReadPage(context.Background(), b.checkout(pledge).ID); err != nil {
			t.Errorf("read page: %v", err)
		}
	}
	if b.count("checkouts", "state = 'OPEN' AND reread_owed_at > now()") != 2 || b.count("checkouts", "state = 'EXPIRED' AND reread_owed_at IS NULL") != 1 {
		t.Error("pages are not put off, or the one that is gone is")
	}
	// A page that is complete though its payment was cancelled is over.
	b.stripe.intents[intent].Status = "canceled"
	if err := b.worker.ReadPage(context.Background(), b.checkout(processing).ID); err != nil {
		t.Error(err)
	}
	if b.count("pledges", "state = 'LAPSED'") != 2 {
		t.Error("the cancelled payment's pledge did not lapse")
	}
}
