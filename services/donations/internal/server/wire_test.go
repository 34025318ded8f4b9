package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/donations/internal/webhook"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// stripesContract is read once for all fakes of this test process.
var stripesContract = sync.OnceValues(stripefake.LoadContract)

// wire is a bench whose Stripe is a whole account that is spoken to over the wire. Its
// clock is the test's, and gifts clear as in production.
type wire struct {
	*bench
	fake   *stripefake.Server
	client *stripeapi.Client
	told   int // events that were delivered
	people *adjusting

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (w *wire) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// later moves the clock.
func (w *wire) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWire(t testing.TB) *wire {
	t.Helper()
	contract, err := stripesContract()
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{bench: newBench(t), now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	if w.fake, err = stripefake.New(stripefake.Options{Key: "sk_test_x", Contract: contract, Now: w.clock}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(w.fake)
	t.Cleanup(func() {
		web.Close()
		if err := w.fake.Close(); err != nil {
			t.Error(err)
		}
	})
	w.client = stripeapi.New("sk_test_x", web.URL)
	w.ledger = ledgertest.New(t, w.clock)
	w.store = store.New(w.db, dutytest.Queue(t), w.rows, w.clock)
	w.people = &adjusting{ledger: w.ledger}
	old := fixed(rules.Printed()) // partners are as if they had been there for long
	old.NewPartnerDays = 0
	w.worker = duty.New(duty.Options{
		Store: w.store, Pages: w.client, Objects: w.client, Holds: w.client, Refunds: w.client, Lists: w.client, Keys: w.keys, Policies: old,
		Ledger: w.ledger.Posting("donations"), References: []byte("secret of the references"),
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.clock,
	})
	w.hearing(signingSecret)
	return w
}

// hearing starts the server, or another one beside it, which takes events that are signed
// with one of the secrets.
func (w *wire) hearing(secrets ...string) {
	w.t.Helper()
	w.rpc = rpctest.New(w.t, func(g *grpc.Server) {
		server.New(server.Options{
			Store: w.store, Pages: w.worker, Events: webhook.New(w.store, w.keys, secrets, false, w.clock),
			Statements: w.ledger.Reports("donations"), Holdings: w.client, Adjustments: w.people, Mode: partner.Test,
			Printer: w.printer(), Policies: w.agreed(w.clock), Delay: agreement.Delay,
			Pager: page.New([]byte("secret of the pages")), Now: w.clock,
		}).Register(g)
	}, server.NewAuthenticator(w.store, partner.Test, noStaff{}, time.Now))
	w.rpc.Follow(w.clock)
	w.ledger.Trust(w.rpc) // people's tokens are passed on
}

// give lets a donor give an amount in EUR to a fund, and returns the donation and the page.
func (w *wire) give(p testPartner, minor int64, fund string) (*donationsv1.Donation, string) {
	w.t.Helper()
	made := w.pledge(p, pledgeOf(minor, fund))
	session := made.GetCheckoutUrl()
	if session = session[strings.LastIndex(session, "/")+1:]; strings.Contains(session, "?") {
		session, _, _ = strings.Cut(session, "?")
	}
	if err := w.fake.Pay(session, "4242424242424242"); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return w.donation(p, made), session
}

// trigger makes something happen at Stripe.
func (w *wire) trigger(t stripefake.Trigger) string {
	w.t.Helper()
	id, err := w.fake.Trigger(t)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// hear delivers what Stripe has to tell and was not delivered, and does nothing else.
func (w *wire) hear() {
	w.t.Helper()
	events := w.fake.Events()
	for _, id := range events[w.told:] {
		w.tellOf(id)
	}
	w.told = len(events)
}

// tellOf delivers one event, as Stripe has it.
func (w *wire) tellOf(id string) {
	w.t.Helper()
	body := w.event(id)
	if err := w.deliverRaw(body, sign(body, signingSecret, w.clock())); err != nil {
		w.t.Fatalf("deliver %s: %v", id, err)
	}
}

// event is the body of an event.
func (w *wire) event(id string) []byte {
	w.t.Helper()
	list, more, err := w.client.ListEvents(context.Background(), time.Time{}, "")
	for err == nil {
		if i := slices.IndexFunc(list, func(e stripeapi.Event) bool { return e.ID == id }); i >= 0 {
			e := list[i]
			body, err := json.Marshal(map[string]any{
				"id": e.ID, "object": "event", "type": e.Type, "api_version": "2024-06-20", "created": e.Created.Unix(), "livemode": false,
				"data": map[string]any{"object": map[string]any{"id": e.ObjectID, "object": e.ObjectKind, "payment_intent": e.PaymentID}},
			})
			if err != nil {
				w.t.Fatal(err)
			}
			return body
		}
		if !more {
			break
		}
		list, more, err = w.client.ListEvents(context.Background(), time.Time{}, list[len(list)-1].ID)
	}
	w.t.Fatalf("no event %s: %v", id, err)
	return nil
}

// settle lets Stripe tell what it has to, and the service do what it owes.
func (w *wire) settle() {
	w.t.Helper()
	for len(w.fake.Events()) > w.told {
		w.hear()
		w.work()
	}
	w.work()
}

// work does what is owed, until nothing is.
func (w *wire) work() {
	w.t.Helper()
	var duties []runner.Duty
	for _, d := range w.worker.Duties() {
		if d.Kind != store.DutyForget && d.Kind != store.DutyReread && d.Kind != store.DutyClear && d.Kind != store.DutyCover && d.Kind != store.DutyPayoutLines {
			duties = append(duties, d)
		}
	}
	dutytest.Drain(w.t, w.db, duties...)
}

// clear moves the clock until a gift of today has cleared, and clears it.
func (w *wire) clear() {
	w.t.Helper()
	w.clearAfter(21 * 24 * time.Hour)
}

// clearAfter moves the clock and clears what is due then.
func (w *wire) clearAfter(d time.Duration) {
	w.t.Helper()
	w.later(d)
	for _, fund := range w.due() {
		if err := w.worker.Store.OpenRuns(context.Background(), fund); err != nil {
			w.t.Fatal(err)
		}
	}
	w.work()
}

// due are the funds of which something is to clear now.
func (w *wire) due() []string {
	w.t.Helper()
	funds, err := w.store.OwedClearings(context.Background(), w.clock(), "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return funds
}

// refunds calls as somebody.
func refunds(conn *grpc.ClientConn) donationsv1.RefundServiceClient {
	return donationsv1.NewRefundServiceClient(conn)
}

// treasurer is a connection of one.
func (w *wire) treasurer() *grpc.ClientConn { return w.staff(policyv1.Role_ROLE_TREASURER) }

// read reads a donation again.
func (w *wire) read(d *donationsv1.Donation) *donationsv1.Donation {
	w.t.Helper()
	got, err := donationsv1.NewDonationServiceClient(w.treasurer()).GetDonation(context.Background(), &donationsv1.GetDonationRequest{Name: d.GetName()})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// wantStripe holds the books against Stripe's own balance.
func (w *wire) wantStripe() {
	w.t.Helper()
	held, err := w.client.BalanceAt(context.Background(), w.clock().Add(time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	want := int64(0)
	for _, a := range held {
		want += a.MinorUnits
	}
	if got := -w.ledger.Balance("asset:stripe"); got != want {
		w.t.Errorf("the books have %d at Stripe, Stripe %d", got, want)
	}
}

// adjusting are the ledger's adjustments, as two people make them there.
type adjusting struct {
	ledger *ledgertest.Ledger

	mu   sync.Mutex
	all  []*ledgerv1.Adjustment // guarded by mu
	fail error                  // what the next approval answers, after having its effect
}

func (a *adjusting) ProposeAdjustment(_ context.Context, r *ledgerv1.ProposeAdjustmentRequest, _ ...grpc.CallOption) (*ledgerv1.Adjustment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	made := r.GetAdjustment()
	made.Name, made.State = "ledger/adjustments/"+string(rune('a'+len(a.all))), ledgerv1.AdjustmentState_ADJUSTMENT_STATE_PROPOSED
	a.all = append(a.all, made)
	return made, nil
}

func (a *adjusting) GetAdjustment(_ context.Context, r *ledgerv1.GetAdjustmentRequest, _ ...grpc.CallOption) (*ledgerv1.Adjustment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.find(r.GetName()), nil
}

func (a *adjusting) find(name string) *ledgerv1.Adjustment {
	i := slices.IndexFunc(a.all, func(x *ledgerv1.Adjustment) bool { return x.GetName() == name })
	return a.all[i]
}

func (a *adjusting) ApproveAdjustment(_ context.Context, r *ledgerv1.ApproveAdjustmentRequest, _ ...grpc.CallOption) (*ledgerv1.Adjustment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.find(r.GetName())
	if x.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_PROPOSED {
		return nil, fault.State("adjustment", x.GetState().String(), "APPROVED")
	}
	id := strings.TrimPrefix(x.GetName(), "ledger/adjustments/")
	commitment := sha256.Sum256([]byte(id))
	var decisions []*ledgerv1.DecisionDraft
	for i, kind := range []ledgerv1.DecisionKind{ledgerv1.DecisionKind_DECISION_KIND_ADJUSTMENT_PROPOSED, ledgerv1.DecisionKind_DECISION_KIND_ADJUSTMENT_APPROVED} {
		decisions = append(decisions, &ledgerv1.DecisionDraft{
			Reference: x.GetName() + "/" + kind.String(), Kind: kind, Resource: x.GetName(), Person: []string{"staff/s_1", "staff/s_2"}[i],
			Day: x.GetOccurredOn(), Commitment: commitment[:],
		})
	}
	err := a.ledger.BookByPeople(posting.SuspenseCleared(posting.ByPeople{
		Adjustment: id, On: x.GetOccurredOn(), Debit: x.GetDebitAccount(), Credit: x.GetCreditAccount(),
		Amount: money.Amount{MinorUnits: x.GetAmount().GetMinorUnits(), Currency: x.GetAmount().GetCurrencyCode()},
	}), decisions...)
	if x.State = ledgerv1.AdjustmentState_ADJUSTMENT_STATE_BOOKED; err != nil {
		x.State = ledgerv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED
	}
	err, a.fail = a.fail, nil
	return x, err
}

func (a *adjusting) RejectAdjustment(_ context.Context, r *ledgerv1.RejectAdjustmentRequest, _ ...grpc.CallOption) (*ledgerv1.Adjustment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.find(r.GetName())
	x.State = ledgerv1.AdjustmentState_ADJUSTMENT_STATE_REJECTED
	return x, nil
}

// colleague is a connection of another person with roles.
func (w *wire) colleague(person string, roles ...policyv1.Role) *grpc.ClientConn {
	return w.rpc.As(identity.Caller{Service: "gateway", Person: person, Roles: roles, AuthTime: w.clock()})
}

// id is the last part of a name.
func (w *wire) id(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// laxly takes every row as it is from now on.
func (w *wire) laxly() {
	w.rows = laxRows{w.rows}
	w.store = store.New(w.db, dutytest.Queue(w.t), w.rows, w.clock)
	w.worker.Store = w.store
}
