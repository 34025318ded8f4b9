package duty_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// pages are Stripe's payment pages: each call is answered as the test says.
type pages struct {
	mu     sync.Mutex
	create func() (stripeapi.Session, error)
	expire func() (stripeapi.Session, error)
	keys   []string // idempotency keys of all calls
}

func (p *pages) called(key string, answer func() (stripeapi.Session, error)) (stripeapi.Session, error) {
	p.mu.Lock()
	p.keys = append(p.keys, key)
	p.mu.Unlock()
	return answer()
}

// CreateCheckoutSession answers as the test says.
func (p *pages) CreateCheckoutSession(_ context.Context, r stripeapi.CheckoutRequest) (stripeapi.Session, error) {
	return p.called(r.IdempotencyKey, p.create)
}

// CreateCustomer makes nobody: the pledges here are paid once.
func (p *pages) CreateCustomer(context.Context, string, string) (string, error) { return "cus_1", nil }

// CreateSavePage makes no page: the pledges here are paid once.
func (p *pages) CreateSavePage(_ context.Context, r stripeapi.SaveRequest) (stripeapi.Session, error) {
	return p.CreateCheckoutSession(context.Background(), stripeapi.CheckoutRequest{IdempotencyKey: r.IdempotencyKey})
}

// ExpireSession answers as the test says.
func (p *pages) ExpireSession(_ context.Context, _, key string) (stripeapi.Session, error) {
	return p.called(key, p.expire)
}

// destroyed are the subjects whose keys are destroyed; err keeps them.
type destroyed struct {
	subjects []seal.Subject
	err      error
}

// Destroy notes a subject.
func (d *destroyed) Destroy(_ context.Context, subject seal.Subject) error {
	if d.err == nil {
		d.subjects = append(d.subjects, subject)
	}
	return d.err
}

type bench struct {
	t      *testing.T
	db     *postgres.DB
	store  *store.Store
	pages  *pages
	keys   *destroyed
	worker *duty.Worker
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, db: postgrestest.New(t, store.Migrations()), pages: &pages{}, keys: &destroyed{}}
	b.store = store.New(b.db, dutytest.Queue(t), rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler)), time.Now)
	b.worker = duty.New(duty.Options{
		Store: b.store, Pages: b.pages, Keys: b.keys, Log: slog.New(slog.DiscardHandler), Now: time.Now, NoDelays: true,
	})
	return b
}

// pledge stores a pledge whose page its maker has claimed.
func (b *bench) pledge() pledge.Pledge {
	b.t.Helper()
	from, err := partner.New("Friends", nil, []string{"https://friends.example/"}, time.Now())
	if err == nil {
		from, err = b.store.CreatePartner(context.Background(), from)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := pledge.New(pledge.Request{
		Partner: from.ID, Amount: money.Amount{MinorUnits: 5000, Currency: "EUR"}, ReturnURL: "https://friends.example/thanks",
		ReceiptSHA256: make([]byte, 32), Designations: []pledge.Designation{{Fund: "general"}},
	}, time.Now())
	if err == nil {
		p, err = b.store.CreatePledge(context.Background(), p)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func session(p pledge.Pledge) func() (stripeapi.Session, error) {
	return func() (stripeapi.Session, error) {
		return stripeapi.Session{ID: "cs_1", URL: "https://checkout.example/1", ExpiresAt: time.Now().Add(time.Hour), Reference: p.ID}, nil
	}
}

func failing(err error) func() (stripeapi.Session, error) {
	return func() (stripeapi.Session, error) { return stripeapi.Session{}, err }
}

// Stripe's answers to the making of a page, and what becomes of the pledge.
func TestWhatStripesAnswerMakesOfAPledge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer         error
		reason         fault.Reason
		refused, waits bool
	}{
		"made":                 {nil, "", false, false},
		"refused":              {stripeapi.ErrRefused, "", true, false},
		"key of another call":  {stripeapi.ErrConflict, "", true, false},
		"unknown outcome":      {stripeapi.ErrUnknown, "PAYMENT_PROCESSOR_UNAVAILABLE", false, true},
		"our key not accepted": {stripeapi.ErrUnauthorized, "PAYMENT_PROCESSOR_UNAVAILABLE", false, true},
		"given up":             {context.Canceled, "PAYMENT_PROCESSOR_UNAVAILABLE", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.pledge()
			b.pages.create = session(p)
			if c.answer != nil {
				b.pages.create = failing(c.answer)
			}
			got, err := b.worker.OpenClaimed(context.Background(), p)
			if c.reason == "" && err != nil || c.reason != "" && !fault.Is(err, c.reason) {
				t.Errorf("error = %v, want %s", err, c.reason)
			}
			if got.Refused != c.refused || got.Waits() != c.waits {
				t.Errorf("pledge = %+v", got)
			}
			// A claim that had no effect is free again, and the next try has the same key.
			b.pages.create = session(p)
			if err := b.worker.OpenPage(context.Background(), p.Checkout.ID); err != nil {
				t.Errorf("the duty: %v", err)
			}
			want := 1
			if c.waits {
				want = 2
			}
			if len(b.pages.keys) != want || b.pages.keys[want-1] != "checkout/"+p.Checkout.ID {
				t.Errorf("calls with keys %v, want %d", b.pages.keys, want)
			}
		})
	}
}

// A caller who goes away while Stripe is asked leaves no claim behind.
func TestACallerWhoGoesAwayLeavesNoClaim(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.pledge()
	ctx, cancel := context.WithCancel(context.Background())
	b.pages.create = func() (stripeapi.Session, error) {
		cancel()
		return stripeapi.Session{}, stripeapi.ErrUnknown
	}
	if _, err := b.worker.OpenClaimed(ctx, p); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("error = %v", err)
	}
	if _, claimed, err := b.store.ClaimCheckout(context.Background(), p.Checkout.ID); err != nil || !claimed {
		t.Errorf("claimed %v, %v", claimed, err)
	}
}

func TestAPageOfAnEndedPledgeIsClosedOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer error
		owed   bool // still, afterwards
	}{
		"closed":            {nil, false},
		"paid or closed":    {stripeapi.ErrRefused, false},
		"not there":         {stripeapi.ErrNotFound, false},
		"no answer":         {stripeapi.ErrUnknown, true},
		"any other failure": {errors.New("other"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			ctx := context.Background()
			p := b.pledge()
			b.pages.create, b.pages.expire = session(p), failing(c.answer)
			if _, err := b.worker.OpenClaimed(ctx, p); err != nil {
				t.Fatal(err)
			}
			if _, err := b.store.CancelPledge(ctx, store.Everything, p.ID); err != nil {
				t.Fatal(err)
			}
			if err := b.worker.ClosePage(ctx, p.Checkout.ID); (err != nil) != c.owed {
				t.Errorf("error = %v", err)
			}
			owed, err := b.store.OwedExpiries(ctx, time.Now().Add(time.Hour), "", 10)
			if err != nil || (len(owed) == 1) != c.owed {
				t.Errorf("owed = %v, %v", owed, err)
			}
			if got := b.pages.keys[len(b.pages.keys)-1]; got != "expire/"+p.Checkout.ID {
				t.Errorf("key = %s", got)
			}
		})
	}
}

func TestNothingIsClosedWhereThereIsNoPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.pledge()
	if err := b.worker.ClosePage(context.Background(), p.Checkout.ID); err != nil || len(b.pages.keys) != 0 {
		t.Errorf("calls %v, %v", b.pages.keys, err)
	}
	if err := b.worker.ReadPage(context.Background(), p.Checkout.ID); err != nil {
		t.Errorf("reading: %v", err)
	}
}

// Were the rows emptied first, a crash would leave the key, and with it all old
// copies of the database readable.
func TestAWeeksKeyIsDestroyedBeforeItsRowsAreEmptied(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	old := time.Now().AddDate(0, 0, -21)
	e := event.Event{ID: "evt_1", Type: "x", OccurredAt: old, ReceivedAt: old, SHA256: make([]byte, 32), Week: event.Week(old)}
	if err := b.store.AddEvent(ctx, e, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	owed := func() []string {
		weeks, err := b.worker.OwedWeeks(ctx, time.Now(), "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return weeks
	}
	b.keys.err = errors.New("key store away")
	if err := b.worker.Forget(ctx, e.Week); !errors.Is(err, b.keys.err) || len(owed()) != 1 {
		t.Errorf("without the key store: %v, owed %v", err, owed())
	}
	b.keys.err = nil
	if err := b.worker.Forget(ctx, e.Week); err != nil || len(owed()) != 0 || len(b.keys.subjects) != 1 || b.keys.subjects[0] != seal.Week(e.Week) {
		t.Errorf("destroyed %v, %v; owed %v", b.keys.subjects, err, owed())
	}
}
