package server_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// payouts lists payouts as a treasurer sees them.
func (w *wire) payouts(filter string) []*donationsv1.StripePayout {
	w.t.Helper()
	list, err := donationsv1.NewStripePayoutServiceClient(w.treasurer()).ListStripePayouts(w.t.Context(), &donationsv1.ListStripePayoutsRequest{Filter: filter})
	if err != nil {
		w.t.Fatal(err)
	}
	return list.GetStripePayouts()
}

// arrives has the bank's statement show a payout, as disbursements tells it.
func (w *wire) arrives(line string, amount *typev1.Money) (string, error) {
	w.t.Helper()
	closed, err := donationsv1.NewReconciliationServiceClient(w.rpc.As(identity.Caller{Service: "disbursements"})).ClosePayout(w.t.Context(),
		&donationsv1.ClosePayoutRequest{Line: line, Bank: "main", Amount: amount, Day: w.clock().Format(time.DateOnly)})
	return closed.GetPayout(), err
}

// lines reads what payouts consist of, where that is owed.
func (w *wire) lines() {
	w.t.Helper()
	ids, err := w.store.OwedLines(w.t.Context(), w.clock().Add(time.Second), "", 100)
	for _, id := range ids {
		err = errors.Join(err, w.worker.PayoutLines(w.t.Context(), id))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.work()
}

// A month with 20 payouts, 3 refunds and a dispute closes without one adjustment: every
// payout has its sheet and its line at the bank, and the books hold what Stripe holds.
func TestAMonthWithTwentyPayoutsClosesWithoutAnAdjustment(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	var last string
	for day := range 20 {
		// each day somebody gives, and Stripe pays out what it has
		d, session := w.give(p, int64(4000+100*day), "emergency")
		switch day {
		case 3, 9:
			w.trigger(stripefake.Trigger{Kind: "refund", Object: last, Amount: 1000})
		case 6:
			if _, err := refunds(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "1"}); err != nil {
				t.Fatal(err)
			}
			w.settle()
			w.give(p, 9000, "emergency") // so that there is something to pay out
		case 14:
			w.trigger(stripefake.Trigger{Kind: "dispute", Object: last, Amount: 900})
		}
		w.settle()
		w.trigger(stripefake.Trigger{Kind: "payout", Days: 1})
		w.settle()
		w.lines()
		last = session
		w.later(24 * time.Hour)
	}
	w.later(2 * 24 * time.Hour)
	w.sweep()
	w.settle()
	w.lines()
	all := w.payouts("")
	if len(all) != 20 {
		t.Fatalf("%d payouts", len(all))
	}
	for i, o := range all {
		net := int64(0)
		for _, total := range o.GetTotals() {
			net += total.GetNet().GetMinorUnits()
		}
		if !o.GetReconciled() || net != o.GetAmount().GetMinorUnits() {
			t.Errorf("payout %d of %d: reconciled %v, its sheet says %d", i, o.GetAmount().GetMinorUnits(), o.GetReconciled(), net)
		}
		if _, err := w.arrives(fmt.Sprintf("ul_%d", i), o.GetAmount()); err != nil {
			t.Errorf("the bank's line of payout %d: %v", i, err)
		}
	}
	w.work()
	if n := len(w.payouts(`state = "ARRIVED"`)); n != 20 {
		t.Errorf("%d payouts have arrived", n)
	}
	w.wantStripe()
	for _, path := range []string{"transit:stripe-payout", "transit:refunds", "suspense:stripe"} {
		if got := w.ledger.Balance(path); got != 0 {
			t.Errorf("%s has %d", path, got)
		}
	}
	if n := len(w.people.all); n != 0 || len(w.items(`state = "WAITING"`)) != 0 {
		t.Errorf("%d adjustments, items: %v", n, w.items(""))
	}
	lines, err := donationsv1.NewStripePayoutServiceClient(w.treasurer()).ListStripePayoutLines(t.Context(),
		&donationsv1.ListStripePayoutLinesRequest{Parent: "stripePayouts/-", PageSize: 500, Filter: `category = "refund"`})
	if err != nil || len(lines.GetLines()) != 3 {
		t.Errorf("%d refunds in payouts, %v", len(lines.GetLines()), err)
	}
}

func TestALineOfTheBankClosesOnePayout(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	var amount *typev1.Money
	for range 2 { // two payouts of one amount
		w.give(p, 5000, "emergency")
		w.trigger(stripefake.Trigger{Kind: "payout", Days: 1})
		w.settle()
		amount = w.payouts("")[0].GetAmount()
		w.later(24 * time.Hour)
	}
	first, err := w.arrives("ul_1", amount)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.arrives("ul_1", amount); err != nil || again != first {
		t.Errorf("the same line again: %s, %v", again, err)
	}
	if second, err := w.arrives("ul_2", amount); err != nil || second == first {
		t.Errorf("another line: %s, %v", second, err)
	}
	if _, err := w.arrives("ul_3", amount); !fault.Is(err, fault.ReasonNoSuchPayout) {
		t.Errorf("a third line: %v", err)
	}
	w.work()
	if got := -w.ledger.Balance("asset:bank:main"); got != 2*amount.GetMinorUnits() {
		t.Errorf("%d at the bank", got)
	}
}

func TestAPayoutThatFailsIsBackAtStripe(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.give(w.newPartner(), 5000, "emergency")
	before := w.ledger.Balances()
	id := w.trigger(stripefake.Trigger{Kind: "payout", Days: 1})
	w.settle()
	if w.ledger.Balance("transit:stripe-payout") == 0 {
		t.Error("it is not on its way")
	}
	w.trigger(stripefake.Trigger{Kind: "payout.fail", Object: id})
	w.settle()
	w.ledger.WantBalances(t, before)
	w.wantStripe()
	if got := w.payouts(`state = "FAILED"`); len(got) != 1 {
		t.Errorf("%d payouts have failed", len(got))
	}
	if _, err := w.arrives("ul_1", w.payouts("")[0].GetAmount()); !fault.Is(err, fault.ReasonNoSuchPayout) {
		t.Errorf("a line for it: %v", err)
	}
}

// A payout whose lines do not add up waits for people once Stripe has had its day.
func TestAPayoutThatDoesNotAddUpWaitsForPeople(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.give(w.newPartner(), 5000, "emergency")
	w.trigger(stripefake.Trigger{Kind: "payout", Days: 1})
	w.settle()
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE stripe_payouts SET amount = amount + 1`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		items int
	}{{0, 0}, {2 * time.Hour, 0}, {25 * time.Hour, 1}} {
		w.later(c.after)
		w.lines()
		if got := len(w.items(`reason = "PAYOUT_DIFFERS"`)); got != c.items {
			t.Errorf("after %v: %d items", c.after, got)
		}
	}
	if w.count("stripe_payouts", "lines_owed_at IS NOT NULL OR reconciled") != 0 {
		t.Error("it is still read, or counts as reconciled")
	}
}

// All events are lost: the sweep finds what happened all the same, and only once.
func TestTheSweepFindsWhatWasNeverTold(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	_, session := w.give(p, 5000, "emergency")
	w.trigger(stripefake.Trigger{Kind: "refund", Object: session, Amount: 700})
	w.trigger(stripefake.Trigger{Kind: "dispute", Object: session, Amount: 300})
	w.told = len(w.fake.Events()) // none of it arrives
	if err := w.store.OweSweeps(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.wantStripe()
	booked := len(w.ledger.Transactions())
	// Within ten minutes nothing is read again; after that 72 hours are, to no effect.
	w.later(5 * time.Minute)
	if err := w.store.OweSweeps(t.Context(), false); err != nil || w.count("stripe_sweeps", "owed_at IS NOT NULL") != 0 {
		t.Errorf("after five minutes: %v", err)
	}
	w.later(5 * time.Minute)
	if err := w.store.OweSweeps(t.Context(), false); err != nil || w.count("stripe_sweeps", "owed_at IS NOT NULL") != 2 {
		t.Errorf("after ten minutes: %v", err)
	}
	for _, id := range []string{store.BalanceSweep, store.EventSweep} {
		sweep, err := w.store.BeginSweep(t.Context(), id)
		if want := w.clock().Add(-72*time.Hour - 10*time.Minute); err != nil || !sweep.Since.Equal(want) {
			t.Errorf("%s is read since %v, want %v, %v", id, sweep.Since, want, err)
		}
	}
	w.work()
	if len(w.ledger.Transactions()) != booked {
		t.Error("something was booked twice")
	}
}
