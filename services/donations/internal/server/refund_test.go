package server_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// A refund on day three: the gift never clears, and its money is back at the donor.
func TestAGiftThatIsRefundedOnDayThreeNeverClears(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(w *wire, p testPartner, d *donationsv1.Donation, session string){
		"by its partner": func(w *wire, p testPartner, d *donationsv1.Donation, _ string) {
			if _, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"}); err != nil {
				w.t.Fatal(err)
			}
		},
		"by a treasurer": func(w *wire, _ testPartner, d *donationsv1.Donation, _ string) {
			if _, err := refunds(w.treasurer()).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"}); err != nil {
				w.t.Fatal(err)
			}
		},
		"in Stripe's dashboard": func(w *wire, _ testPartner, _ *donationsv1.Donation, session string) {
			w.trigger(stripefake.Trigger{Kind: "refund", Object: session})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			p := w.newPartner()
			// given a gift of yesterday, and another one that stays
			d, session := w.give(p, 5000, "emergency")
			w.give(p, 3000, "emergency")
			w.later(3 * 24 * time.Hour)
			// when it is refunded
			ask(w, p, d, session)
			w.settle()
			// then it has gone back, by what it had got, its fund and the reserve,
			got := w.read(d)
			if got.GetRefundedMinorUnits() != 5000 {
				t.Errorf("refunded: %v", got)
			}
			w.wantStripe()
			// and only the other one clears, whole.
			clearing := w.ledger.Balance("fund:emergency:clearing")
			w.clear()
			if left, available := w.ledger.Balance("fund:emergency:clearing"), w.ledger.Balance("fund:emergency:available"); left != 0 || available != clearing {
				t.Errorf("%d left in clearing, %d available of %d", left, available, clearing)
			}
			if got := w.read(d); got.GetClearedOn() != "" || got.GetInQuestion() {
				t.Errorf("the refunded gift: cleared on %q, in question %v", got.GetClearedOn(), got.GetInQuestion())
			}
			if w.ledger.Balance("transit:refunds") != 0 || w.ledger.Sum("suspense:") != 0 {
				t.Error("something is left in between")
			}
		})
	}
}

func TestARefundThatWaitsForATreasurerHoldsTheGift(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	// given a gift above what a partner decides in a day
	d, _ := w.give(p, 150_000, "emergency")
	asked, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"})
	if err != nil || asked.GetState() != donationsv1.RefundState_REFUND_STATE_REQUESTED {
		t.Fatalf("asked: %v, %v", asked, err)
	}
	// then it does not clear while that waits,
	w.clear()
	if got := w.read(d); !got.GetInQuestion() || w.ledger.Balance("fund:emergency:available") != 0 {
		t.Errorf("in question: %v, available %d", got.GetInQuestion(), w.ledger.Balance("fund:emergency:available"))
	}
	// a second request waits for the first,
	if _, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "2"}); !fault.Is(err, fault.ReasonRefundWaits) {
		t.Errorf("a second one: %v", err)
	}
	// a partner decides nothing,
	decide := &donationsv1.RejectRefundRequest{Name: d.GetName(), Refund: asked.GetName(), RequestId: "3"}
	if _, err := refunds(p.conn).RejectRefund(t.Context(), decide); !fault.OfKind(err, fault.PermissionDenied) {
		t.Errorf("its partner rejects: %v", err)
	}
	// and once a treasurer has said no, it clears.
	if got, err := refunds(w.treasurer()).RejectRefund(t.Context(), decide); err != nil || got.GetState() != donationsv1.RefundState_REFUND_STATE_REJECTED {
		t.Fatalf("rejected: %v, %v", got, err)
	}
	w.clearAfter(70 * 24 * time.Hour) // it is a large one
	if w.ledger.Balance("fund:emergency:clearing") != 0 || w.ledger.Balance("fund:emergency:available") <= 0 {
		t.Error("the gift has not cleared")
	}
	if len(w.fake.Requests()) == 0 || w.count("refunds", "stripe_id IS NOT NULL") != 0 {
		t.Error("Stripe was asked for a rejected refund")
	}
}

func TestApprovedRefundsGoBackInPartsAndNoFurther(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	d, _ := w.give(p, 5000, "emergency")
	part := func(minor int64, key string) error {
		_, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), Amount: postingtest.Money(minor), RequestId: key})
		return err
	}
	// when 20.00 of 50.00 and then 30.00 go back
	for i, minor := range []int64{2000, 3000} {
		if err := part(minor, string(rune('a'+i))); err != nil {
			t.Fatal(err)
		}
		w.settle()
	}
	// then nothing is left to go back,
	if err := part(1, "c"); !fault.Is(err, fault.ReasonNotRefundable) {
		t.Errorf("beyond the gift: %v", err)
	}
	if got := w.read(d); got.GetRefundedMinorUnits() != 5000 {
		t.Errorf("refunded %d", got.GetRefundedMinorUnits())
	}
	// nothing clears, and what Stripe kept is carried by the reserve or a deficit.
	w.clear()
	if w.ledger.Balance("fund:emergency:clearing") != 0 || w.ledger.Balance("fund:emergency:available") != 0 {
		t.Errorf("left: %v", w.ledger.Balances())
	}
	w.wantStripe()
	list, err := refunds(p.conn).ListRefunds(t.Context(), &donationsv1.ListRefundsRequest{Parent: "donations/-", Filter: `state = "SUCCEEDED" AND origin = "PARTNER"`})
	if err != nil || len(list.GetRefunds()) != 2 {
		t.Errorf("%d refunds, %v", len(list.GetRefunds()), err)
	}
}

// A refund may fail weeks after Stripe has called it done: its money is back where it
// waited, and clears.
func TestARefundThatFailsLaterGivesTheGiftBack(t *testing.T) {
	t.Parallel()
	for name, dashboard := range map[string]bool{"ours": false, "the dashboard's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			p := w.newPartner()
			d, session := w.give(p, 5000, "emergency")
			before := w.ledger.Balances()
			if dashboard {
				w.trigger(stripefake.Trigger{Kind: "refund", Object: session, Amount: 2000})
			} else if _, err := refunds(w.treasurer()).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{
				Name: d.GetName(), Amount: postingtest.Money(2000), RequestId: "1",
			}); err != nil {
				t.Fatal(err)
			}
			w.settle()
			var stripeID string
			if err := w.db.Pool.QueryRow(t.Context(), `SELECT stripe_id FROM refunds`).Scan(&stripeID); err != nil {
				t.Fatal(err)
			}
			w.later(10 * 24 * time.Hour)
			w.trigger(stripefake.Trigger{Kind: "refund.fail", Object: stripeID})
			w.settle()
			if got := w.read(d); got.GetRefundedMinorUnits() != 0 || got.GetInQuestion() {
				t.Errorf("refunded %d, in question %v", got.GetRefundedMinorUnits(), got.GetInQuestion())
			}
			w.ledger.WantBalances(w.t.(*testing.T), before)
			w.wantStripe()
			w.clear()
			if w.ledger.Balance("fund:emergency:clearing") != 0 || w.ledger.Balance("fund:emergency:available") != before["fund:emergency:clearing"] {
				t.Errorf("it has not cleared: %v", w.ledger.Balances())
			}
		})
	}
}

// Where fund and reserve do not hold what is asked for, nothing is asked of Stripe, and the
// gift goes on as before.
func TestARefundWithoutMoneyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	d, _ := w.give(p, 5000, "emergency")
	w.clear() // and the fee was kept: 50.00 are not there
	got, err := refunds(w.treasurer()).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"})
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	got, err = refunds(w.treasurer()).GetRefund(t.Context(), &donationsv1.GetRefundRequest{Name: got.GetName()})
	if err != nil || got.GetState() != donationsv1.RefundState_REFUND_STATE_FAILED || got.GetReason() != "INSUFFICIENT_FUNDS" {
		t.Errorf("refund: %v, %v", got, err)
	}
	if w.read(d).GetInQuestion() {
		t.Error("the gift is still in question")
	}
	// A partner does not refund what has cleared at all.
	if _, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "2"}); !fault.Is(err, fault.ReasonGiftCleared) {
		t.Errorf("its partner: %v", err)
	}
}

// A refund that somebody writes into the database by hand is never carried out; without
// the MAC it is.
func TestARefundOfAnotherHandIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	for name, protected := range map[string]bool{"protected": true, "with the protection off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			p := w.newPartner()
			d, _ := w.give(p, 150_000, "emergency")
			asked, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.db.Pool.Exec(t.Context(), `UPDATE refunds SET state = 'PENDING', start_owed_at = created_at`); err != nil {
				t.Fatal(err)
			}
			if !protected {
				w.laxly()
			}
			err = w.worker.StartRefund(context.Background(), w.id(asked.GetName()))
			if protected != fault.Is(err, "ROW_CHANGED") || protected != (w.ledger.Balance("transit:refunds") == 0) {
				t.Errorf("start: %v, %d in transit", err, w.ledger.Balance("transit:refunds"))
			}
		})
	}
}

// In each state of a refund a donation tells its partner, treasurers and everybody else
// the truth about what they can do.
func TestADonationTellsWhoMayRefundIt(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	cast := w.cast(p)
	d, _ := w.give(p, 150_000, "emergency")
	name := d.GetName() + "/refunds/rf_none"
	r := actiontest.Resource{
		Name: d.GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/Donation"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return donationsv1.NewDonationServiceClient(a.Conn).GetDonation(t.Context(), &donationsv1.GetDonationRequest{Name: d.GetName()})
		},
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			m := req.ProtoReflect()
			m.Set(m.Descriptor().Fields().ByName("request_id"), protoreflect.ValueOfString(rand.Text()))
			if f := m.Descriptor().Fields().ByName("refund"); f != nil {
				m.Set(f, protoreflect.ValueOfString(name))
			}
		},
	}
	waiting := func() {
		r.Check(t, cast...)
		asked, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: rand.Text()})
		if err != nil {
			t.Fatal(err)
		}
		name = asked.GetName()
		r.Check(t, cast...)
	}
	waiting()
	r.Take(t, "rejectRefund", cast...)
	waiting()
	r.Take(t, "approveRefund", cast...)
	r.Check(t, cast...)
	w.settle()
	r.Check(t, cast...)
}
