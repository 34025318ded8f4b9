package server_test

import (
	"context"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func (w *wire) disputeOf(d *donationsv1.Donation) *donationsv1.Dispute {
	w.t.Helper()
	list, err := refunds(w.treasurer()).ListDisputes(context.Background(), &donationsv1.ListDisputesRequest{Parent: d.GetName()})
	if err != nil || len(list.GetDisputes()) != 1 {
		w.t.Fatalf("%d disputes, %v", len(list.GetDisputes()), err)
	}
	return list.GetDisputes()[0]
}

// A disputed gift is taken before it clears; what is won clears as if nothing had been.
func TestADisputeHoldsTheGiftUntilItIsDecided(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inquiry bool
		end     string
		want    donationsv1.DisputeState
		clears  bool
	}{
		"won":                    {false, "dispute.win", donationsv1.DisputeState_DISPUTE_STATE_WON, true},
		"lost":                   {false, "dispute.lose", donationsv1.DisputeState_DISPUTE_STATE_LOST, false},
		"an inquiry that is won": {true, "dispute.win", donationsv1.DisputeState_DISPUTE_STATE_NONE, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			p := w.newPartner()
			// given two gifts, of which one is disputed on the second day
			d, session := w.give(p, 5000, "emergency")
			other, _ := w.give(p, 3000, "emergency")
			w.later(24 * time.Hour)
			kind := "dispute"
			if c.inquiry {
				kind = "dispute.inquiry"
			}
			id := w.trigger(stripefake.Trigger{Kind: kind, Object: session})
			w.settle()
			// then the money is gone with the dispute, not with the inquiry,
			if got := w.disputeOf(d); got.GetWithdrawn() == c.inquiry || got.GetAmount().GetMinorUnits() != 5000 {
				t.Errorf("dispute: %v", got)
			}
			w.wantStripe()
			// no refund of it is made,
			_, err := refunds(w.treasurer()).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"})
			if !c.inquiry && !fault.Is(err, fault.ReasonNotRefundable) {
				t.Errorf("a refund of it: %v", err)
			}
			if c.inquiry { // what the treasurer has asked for is of no use to this test
				return
			}
			// the other one clears alone, before the dispute lapses,
			w.clearAfter(13 * 24 * time.Hour)
			if got := w.read(d); !got.GetInQuestion() || got.GetClearedOn() != "" || w.read(other).GetClearedOn() == "" {
				t.Errorf("disputed: %v", got)
			}
			// and once it is decided, the rest does what it should.
			w.trigger(stripefake.Trigger{Kind: c.end, Object: id})
			w.settle()
			w.clear()
			w.wantStripe()
			if got := w.read(d); got.GetDisputeState() != c.want || (got.GetClearedOn() != "") != c.clears || got.GetInQuestion() {
				t.Errorf("in the end: %v", got)
			}
			if w.ledger.Balance("fund:emergency:clearing") != 0 || w.ledger.Sum("suspense:") != 0 {
				t.Errorf("left: %v", w.ledger.Balances())
			}
		})
	}
}

func TestAnInquiryMovesNoMoneyAndEnds(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	d, session := w.give(p, 5000, "emergency")
	before := w.ledger.Balances()
	id := w.trigger(stripefake.Trigger{Kind: "dispute.inquiry", Object: session})
	w.settle()
	w.clear()
	if got := w.read(d); got.GetDisputeState() != donationsv1.DisputeState_DISPUTE_STATE_INQUIRY || got.GetClearedOn() != "" {
		t.Errorf("while it is asked: %v", got)
	}
	w.ledger.WantBalances(t, before)
	w.trigger(stripefake.Trigger{Kind: "dispute.win", Object: id})
	w.settle()
	w.clear()
	if got := w.read(d); got.GetClearedOn() == "" || got.GetInQuestion() {
		t.Errorf("afterwards: %v", got)
	}
}

// After the money was given out, the reserve and then a deficit carry a dispute: no award,
// and no gift of anybody else.
func TestADisputeAfterThePayoutHitsTheReserveAndNoFamily(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	// given a gift that has cleared and is set aside for a family, 30.00 in reserve, and a
	// gift of somebody else that still waits
	d, session := w.give(p, 5000, "emergency")
	w.clear()
	w.ledger.SetPaid("emergency", w.ledger.Balance("fund:emergency:available"), 0)
	w.ledger.SetAvailable("reserve", 3000)
	w.give(p, 4000, "emergency")
	available, waiting := w.ledger.Balance("fund:emergency:available"), w.ledger.Balance("fund:emergency:clearing")
	// when the first one is disputed
	w.trigger(stripefake.Trigger{Kind: "dispute", Object: session})
	w.settle()
	// then what the fund has left goes first, then the reserve, then a deficit;
	if got := w.read(d); got.GetDisputeState() != donationsv1.DisputeState_DISPUTE_STATE_OPEN {
		t.Fatalf("dispute: %v", got)
	}
	taken := int64(5000 + 2000) // with what Stripe asks for a dispute
	if got := w.ledger.Balance("fund:reserve:available"); got != 0 {
		t.Errorf("the reserve has %d", got)
	}
	if got, want := -w.ledger.Sum("deficit:"), taken-available-3000; got != want {
		t.Errorf("deficit %d, want %d", got, want)
	}
	// and the other gift clears whole.
	if w.ledger.Balance("fund:emergency:clearing") != waiting {
		t.Errorf("clearing %d, want %d", w.ledger.Balance("fund:emergency:clearing"), waiting)
	}
	w.clear()
	if w.ledger.Balance("fund:emergency:available") != waiting {
		t.Errorf("available %d, want %d", w.ledger.Balance("fund:emergency:available"), waiting)
	}
}

// A fraud warning holds a gift until two people have decided, or nobody has disputed it
// for as long as one may.
func TestAGiftThatIsReportedForFraudWaits(t *testing.T) {
	t.Parallel()
	for name, decided := range map[string]bool{"until two people decide": true, "until nobody can dispute it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			p := w.newPartner()
			d, session := w.give(p, 5000, "emergency")
			w.trigger(stripefake.Trigger{Kind: "warning", Object: session})
			w.settle()
			w.clear()
			if got := w.read(d); !got.GetInQuestion() || got.GetClearedOn() != "" {
				t.Fatalf("warned: %v", got)
			}
			if decided {
				w.clearItem(w.items(`reason = "FRAUD_WARNING"`)[0], "")
			} else {
				w.later(100 * 24 * time.Hour)
			}
			w.clear()
			if got := w.read(d); got.GetInQuestion() || got.GetClearedOn() == "" {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

// items lists items as a treasurer sees them.
func (w *wire) items(filter string) []*donationsv1.StripeItem {
	w.t.Helper()
	list, err := donationsv1.NewStripeItemServiceClient(w.treasurer()).ListStripeItems(context.Background(), &donationsv1.ListStripeItemsRequest{Filter: filter})
	if err != nil {
		w.t.Fatal(err)
	}
	return list.GetStripeItems()
}

// clearItem has two people clear an item.
func (w *wire) clearItem(i *donationsv1.StripeItem, fund string) {
	w.t.Helper()
	items := donationsv1.NewStripeItemServiceClient
	_, err := items(w.colleague("staff/s_1", policyv1.Role_ROLE_TREASURER)).ProposeStripeItem(context.Background(),
		&donationsv1.ProposeStripeItemRequest{Name: i.GetName(), Fund: fund, EvidenceSha256: make([]byte, 32), RequestId: "p" + i.GetName()})
	if err == nil {
		_, err = items(w.colleague("staff/s_2", policyv1.Role_ROLE_APPROVER)).ApproveStripeItem(context.Background(),
			&donationsv1.ApproveStripeItemRequest{Name: i.GetName(), RequestId: "a" + i.GetName()})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
