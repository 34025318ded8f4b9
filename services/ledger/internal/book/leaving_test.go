package book_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// paid locks a plan, pays from it by two persons and takes its lock back.
func (w *world) paid(plan string, locked int64, payments ...int64) {
	w.t.Helper()
	w.decide(plan, lock("a", locked), approve("b"), release("a"))
	for i, minor := range payments {
		w.n++
		d := booktest.Draft(leaf.AttemptSubmitted, fmt.Sprintf("s/%d", w.n), booktest.Debit("award:w_1", minor), booktest.Credit("transit:sepa", minor))
		d.Source = fmt.Sprintf("%s/payments/y_%d", plan, i)
		must(w.t, w.Books, d)
	}
}

// comesBack returns money of the first payment of a plan.
func (w *world) comesBack(plan string, kind leaf.Kind, minor int64) {
	w.t.Helper()
	w.n++
	d := booktest.Draft(kind, fmt.Sprintf("r/%d", w.n), booktest.Debit("transit:sepa", minor), booktest.Credit("award:w_1", minor))
	if kind == leaf.AttemptReturned {
		d.Entries[0] = booktest.Debit("asset:bank:main", minor)
	}
	d.Source = plan + "/payments/y_0"
	must(w.t, w.Books, d)
}

// persons is how many persons the ledger says that a plan of 1,000.00 needs.
func (w *world) persons(plan string, on leaf.Day) uint8 {
	w.t.Helper()
	w.decide(plan, lock("a", 100_000).after(on))
	booked := w.Booked()
	return booked[len(booked)-1].Decision.Content.(*leaf.Lock).Persons
}

// Locking, paying and taking the lock back gains nothing: what was paid still counts.
func TestWhatAVoidedPlanHasPaidStillCounts(t *testing.T) {
	t.Parallel()
	const other = "paymentPlans/p_2"
	for name, c := range map[string]struct {
		before func(w *world)
		on     leaf.Day
		want   uint8
	}{
		"voided, and paid":             {func(w *world) { w.paid(other, 150_000, 100_001); w.decide(other, voided("")) }, 0, 3},
		"in two payments":              {func(w *world) { w.paid(other, 150_000, 50_001, 50_000); w.decide(other, voided("")) }, 0, 3},
		"voided, and paid within":      {func(w *world) { w.paid(other, 150_000, 100_000); w.decide(other, voided("")) }, 0, 2},
		"not voided: all of it counts": {func(w *world) { w.paid(other, 100_001, 1) }, 0, 3},
		"29 days ago":                  {func(w *world) { w.paid(other, 150_000, 100_001); w.decide(other, voided("")) }, 29, 3},
		"30 days ago":                  {func(w *world) { w.paid(other, 150_000, 100_001); w.decide(other, voided("")) }, 30, 2},
		"failed before the void": {func(w *world) {
			w.paid(other, 150_000, 100_001)
			w.comesBack(other, leaf.AttemptFailed, 100_001)
			w.decide(other, voided(""))
		}, 0, 2},
		"returned after the void": {func(w *world) {
			w.paid(other, 150_000, 100_001)
			w.decide(other, voided(""))
			w.comesBack(other, leaf.AttemptReturned, 1)
		}, 0, 2},
		"locked anew with little": {func(w *world) {
			w.paid(other, 150_000, 100_000)
			w.decide(other, voided(""), lock("a", 1))
		}, 0, 3},
		"its own earlier payments": {func(w *world) { w.paid("paymentPlans/p_1", 150_000, 100_001); w.decide("paymentPlans/p_1", voided("")) }, 0, 3},
	} {
		w := hands(t, 300_000)
		c.before(w)
		if got := w.persons("paymentPlans/p_1", c.on); got != c.want {
			t.Errorf("%s: %d persons, want %d", name, got, c.want)
		}
	}
	w := hands(t, 300_000)
	w.paid(other, 150_000, 100_001)
	w.ForgetPaid()
	w.decide(other, voided(""))
	if got := w.persons("paymentPlans/p_1", 0); got != 2 {
		t.Errorf("with the protection off: %d persons", got)
	}
}

// A cost counts on the day on which the log has come to when it is booked, however long
// ago the fact was.
func TestABackdatedCostCounts(t *testing.T) {
	t.Parallel()
	for later, want := range map[leaf.Day]uint8{0: 3, 29: 3, 30: 2} {
		w := hands(t, 1000)
		name := "ledger/adjustments/1"
		w.decide(name, act{kind: leaf.DecisionAdjustmentProposed, person: "a"}, act{kind: leaf.DecisionAdjustmentApproved, person: "b"})
		d := booktest.Draft(leaf.RunningCost, name, booktest.Debit("fund:general:available", 100_001), booktest.Credit("asset:bank:main", 100_001))
		d.Source, d.OccurredOn = name, today-200
		must(t, w.Books, d)
		if got := w.persons("paymentPlans/p_1", later); got != want {
			t.Errorf("%d days later: %d persons, want %d", later, got, want)
		}
	}
}
