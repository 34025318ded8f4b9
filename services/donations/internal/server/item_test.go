package server_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// A donor's card was charged 223.90 PLN for a pledge of 50.00 EUR, and 52.12 EUR less 1.90
// were credited: within seconds the money stands in the books, and in a list.
func TestAPaymentThatIsNotAsPledgedWaitsInSuspense(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	intent := b.stripe.try(pledge.GetName(), false)
	pi := b.stripe.intents[intent]
	pi.Status, pi.LatestCharge.Balance = "succeeded", settled("txn_1", postingtest.EUR(5212), 100)
	pi.Amount, pi.Received = money.Amount{MinorUnits: 22390, Currency: "PLN"}, money.Amount{MinorUnits: 22390, Currency: "PLN"}
	pi.LatestCharge.Amount = pi.Amount
	pi.LatestCharge.Balance.Gross, pi.LatestCharge.Balance.Fee, pi.LatestCharge.Balance.Net = postingtest.EUR(5212), postingtest.EUR(190), postingtest.EUR(5022)
	for _, e := range []string{"a", "b", "c"} { // however often Stripe tells
		b.tell("evt_"+e, "checkout.session.completed", pledge, intent)
		b.drain()
	}
	for _, d := range b.worker.Duties() {
		ids, err := d.Owed(t.Context(), time.Now().Add(time.Hour), "", 10)
		for _, id := range ids {
			if d.Kind == "movement.post" {
				err = errors.Join(err, d.Do(t.Context(), id))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b.ledger.WantBalances(t, map[string]int64{"asset:stripe": -5022, "suspense:stripe": 5022})
	list, err := donationsv1.NewStripeItemServiceClient(b.staff(policyv1.Role_ROLE_TREASURER)).ListStripeItems(t.Context(), &donationsv1.ListStripeItemsRequest{})
	if err != nil || len(list.GetStripeItems()) != 1 {
		t.Fatalf("items: %v, %v", list, err)
	}
	if i := list.GetStripeItems()[0]; i.GetReason() != "AMOUNT_DIFFERS" || i.GetAmount().GetMinorUnits() != 5022 || i.GetOverdue() {
		t.Errorf("item: %v", i)
	}
	if got := b.donationsOf(p); got != 0 {
		t.Errorf("%d donations", got)
	}
}

func (b *bench) donationsOf(p testPartner) int {
	return b.count("donations", "partner_id = '"+strings.TrimPrefix(p.GetName(), "partners/")+"'")
}

// Whatever Stripe does to its balance is in the books, of whatever kind it is: costs of
// its own are costs, and what nobody knows waits for two people.
func TestEveryMovementOfTheBalanceIsBooked(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for _, x := range []stripefake.Trigger{
		{Type: "stripe_fee", Category: "fee", Amount: -300},
		{Type: "tax_fee", Category: "tax", Amount: -57},
		{Type: "stripe_fee", Category: "fee", Amount: 20},
		{Type: "topup", Category: "topup", Amount: 10_000},
		{Type: "reserve_transaction", Category: "risk_reserved_funds", Amount: -500},
		{Type: "adjustment", Category: "other_adjustment", Amount: -40},
	} {
		x.Kind = "balance_transaction"
		w.trigger(x)
	}
	w.sweep()
	w.wantStripe()
	if got := w.ledger.Balance("suspense:stripe"); got != 20+10_000-500-40 {
		t.Errorf("%d in suspense", got)
	}
	if got := -w.ledger.Sum("deficit:"); got != 300+57 {
		t.Errorf("costs of %d", got)
	}
	if got := len(w.items(`state = "WAITING"`)); got != 4 {
		t.Errorf("%d items wait", got)
	}
	// A treasurer of today clears what was put in: two people, and the fund has it.
	w.clearItem(w.items(`reason = "TOPUP"`)[0], "funds/general")
	if w.ledger.Balance("fund:general:available") != 10_000 {
		t.Errorf("cleared: %v", w.ledger.Balances())
	}
	if got := w.items(`reason = "TOPUP"`)[0]; got.GetState() != donationsv1.StripeItemState_STRIPE_ITEM_STATE_CLEARED || got.GetApprover() != "staff/s_2" {
		t.Errorf("the item: %v", got)
	}
}

// sweep reads Stripe's lists again, at once, and does what follows.
func (w *wire) sweep() {
	w.t.Helper()
	_, err := donationsv1.NewStripeItemServiceClient(w.treasurer()).SweepStripe(w.t.Context(), &donationsv1.SweepStripeRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.work()
}

func TestAnItemTellsWhoMayClearIt(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.trigger(stripefake.Trigger{Kind: "balance_transaction", Type: "topup", Category: "topup", Amount: 700})
	w.sweep()
	i := w.items("")[0]
	var all []actiontest.Actor
	for number, name := range policyv1.Role_name {
		if role := policyv1.Role(number); role >= policyv1.Role_ROLE_CASEWORKER {
			all = append(all, actiontest.Actor{Name: name, Roles: []policyv1.Role{role}, Conn: w.colleague("staff/s_"+name, role)})
		}
	}
	r := actiontest.Resource{
		Name: i.GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/StripeItem"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return donationsv1.NewStripeItemServiceClient(a.Conn).GetStripeItem(t.Context(), &donationsv1.GetStripeItemRequest{Name: i.GetName()})
		},
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			fields := req.ProtoReflect().Descriptor().Fields()
			req.ProtoReflect().Set(fields.ByName("request_id"), protoreflect.ValueOfString(rand.Text()))
			if p, ok := req.(*donationsv1.ProposeStripeItemRequest); ok {
				p.Fund, p.EvidenceSha256 = "funds/general", make([]byte, 32)
			}
		},
	}
	for _, verb := range []string{"propose", "reject", "propose", "approve"} {
		r.Check(t, all...)
		r.Take(t, verb, all...)
	}
	r.Check(t, all...)
}

// Whoever has proposed does not approve, and what was booked is not booked twice where the
// answer was lost.
func TestAnItemIsClearedOnceByTwo(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.trigger(stripefake.Trigger{Kind: "balance_transaction", Type: "topup", Category: "topup", Amount: 700})
	w.sweep()
	i := w.items("")[0]
	one := donationsv1.NewStripeItemServiceClient(w.colleague("staff/s_1", policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER))
	two := donationsv1.NewStripeItemServiceClient(w.colleague("staff/s_2", policyv1.Role_ROLE_APPROVER))
	propose := &donationsv1.ProposeStripeItemRequest{Name: i.GetName(), Fund: "funds/general", EvidenceSha256: make([]byte, 32), RequestId: "1"}
	for field, change := range map[string]func(*donationsv1.ProposeStripeItemRequest){
		"fund":           func(r *donationsv1.ProposeStripeItemRequest) { r.Fund = "" },
		"fund ":          func(r *donationsv1.ProposeStripeItemRequest) { r.Fund = "funds/none" },
		"evidenceSha256": func(r *donationsv1.ProposeStripeItemRequest) { r.EvidenceSha256 = []byte{1} },
	} {
		bad := proto.CloneOf(propose)
		change(bad)
		if _, err := one.ProposeStripeItem(t.Context(), bad); !fault.OfKind(err, fault.Invalid) || fault.As(err).Violations[0].Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := one.ProposeStripeItem(t.Context(), propose); err != nil {
		t.Fatal(err)
	}
	if _, err := one.ApproveStripeItem(t.Context(), &donationsv1.ApproveStripeItemRequest{Name: i.GetName(), RequestId: "2"}); !fault.Is(err, fault.ReasonSamePerson) {
		t.Errorf("its proposer approves: %v", err)
	}
	w.people.fail = errors.New("the answer was lost")
	for n := range 3 {
		_, err := two.ApproveStripeItem(t.Context(), &donationsv1.ApproveStripeItemRequest{Name: i.GetName(), RequestId: "3"})
		if (err == nil) != (n > 0) {
			t.Errorf("approval %d: %v", n, err)
		}
	}
	w.ledger.WantBalances(t, map[string]int64{"asset:stripe": -700, "fund:general:available": 700})
}

// What waits for three days is told to the log, once a day.
func TestWhatWaitsTooLongIsAnAlarm(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.trigger(stripefake.Trigger{Kind: "balance_transaction", Type: "topup", Category: "topup", Amount: 700})
	w.sweep()
	for _, c := range []struct {
		after  time.Duration
		alarms int
	}{{0, 0}, {71 * time.Hour, 0}, {time.Hour, 1}, {time.Hour, 1}, {24 * time.Hour, 2}} {
		w.later(c.after)
		if err := w.worker.Alarm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(w.log.String(), "waits too long"); got != c.alarms {
			t.Errorf("%d alarms, want %d", got, c.alarms)
		}
	}
	if i := w.items("")[0]; !i.GetOverdue() || i.GetWaitingDays() != 4 {
		t.Errorf("the item: %v", i)
	}
}

// Events come in whatever version of the API; the objects are read again in ours.
func TestEventsAreTakenInEveryVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{`"2023-10-16"`, `"2024-06-20"`, `null`} {
		body := strings.Replace(string(eventBody("evt_1", "charge.updated", map[string]any{"id": "ch_1", "object": "charge"})), `"2023-10-16"`, version, 1)
		e, err := stripeapi.ParseEvent([]byte(body), sign([]byte(body), signingSecret, time.Now()), []string{signingSecret}, time.Now())
		if err != nil || e.ObjectID != "ch_1" {
			t.Errorf("version %s: %v, %v", version, e, err)
		}
	}
}
