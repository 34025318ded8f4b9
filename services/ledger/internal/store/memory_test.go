package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// writer books units one by one with the memory of its own.
type writer struct {
	t      *testing.T
	store  *store.Store
	memory store.Memory
}

func (w *writer) book(drafts ...book.Draft) error {
	w.t.Helper()
	outcomes, memory, err := w.store.Batch(w.t.Context(), []book.Unit{unit(w.t, drafts...)}, w.memory)
	w.memory = memory
	if err != nil {
		w.t.Fatalf("batch: %v", err)
	}
	return outcomes[0].Err
}

func TestNobodySpendsWhatAnotherWriterHasSpent(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	// Given two writers, one of whom remembers 100 in clearing
	a, b := &writer{t: t, store: s}, &writer{t: t, store: s}
	if err := a.book(booktest.Gift("g", 100)); err != nil {
		t.Fatal(err)
	}
	// when the other takes 70 of them,
	if err := b.book(booktest.Clearing("b", 70)); err != nil {
		t.Fatal(err)
	}
	// then the first cannot take 40,
	if err := a.book(booktest.Clearing("a", 40)); !fault.Is(err, "INSUFFICIENT_FUNDS") {
		t.Errorf("clearing of what is gone: %v, want INSUFFICIENT_FUNDS", err)
	}
	// but can take the 30 that are left, and knows it the next time.
	if err := a.book(booktest.Clearing("rest", 30)); err != nil {
		t.Errorf("clearing of the rest: %v", err)
	}
	if err := a.book(booktest.Clearing("more", 1)); !fault.Is(err, "INSUFFICIENT_FUNDS") {
		t.Errorf("clearing of nothing: %v, want INSUFFICIENT_FUNDS", err)
	}
	audit(t, s)
}

func TestAWriterWithMemoryBooksAsOneWithout(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	with, without := &writer{t: t, store: s}, &writer{t: t, store: found(t, db, "other")}
	for i := range 30 {
		d := booktest.Gift(fmt.Sprint("g", i), int64(i+1))
		if i%3 == 2 {
			d = booktest.Clearing(fmt.Sprint("c", i), int64(i))
		}
		without.memory = store.Memory{}
		if a, b := with.book(d), without.book(d); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("booking %d: %v with memory, %v without", i, a, b)
		}
	}
	var differ int
	err := db.Pool.QueryRow(t.Context(), `
		SELECT count(*) FROM balances a FULL JOIN balances b ON a.account = b.account AND b.ledger_id = 2
		WHERE a.ledger_id = 1 AND (a.debits, a.credits) IS DISTINCT FROM (b.debits, b.credits)`).Scan(&differ)
	if err != nil || differ != 0 {
		t.Errorf("%d balances differ, %v", differ, err)
	}
	if a, b := audit(t, s), audit(t, without.store); a != b {
		t.Errorf("%d and %d leaves", a, b)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	w := &writer{t: t, store: s}
	for i := range 5 {
		d := booktest.Draft(leaf.Donation, fmt.Sprint("g", i))
		for k := range 200 {
			d.Entries = append(d.Entries, booktest.Debit(fmt.Sprintf("asset:cash:h%d_%d", i, k), 5))
		}
		d.Entries = append(d.Entries, booktest.Credit("fund:general:clearing", 1000))
		w.memory = w.memory.Bounded(450)
		if err := w.book(d); err != nil {
			t.Fatal(err)
		}
		if n := w.memory.Remembered(); n > 450 || n < 201 {
			t.Errorf("%d accounts are remembered after %d bookings, want those of the last and at most 450", n, i+1)
		}
	}
}
