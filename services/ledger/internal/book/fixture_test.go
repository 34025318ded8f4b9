package book_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// today is the day of every fact in these tests.
var today = leaf.DayOf(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))

func zeros() [16]byte { return [16]byte{} }

func newBooks() *book.Books { return book.New(book.Position{Ledger: "main"}, zeros) }

func eur(minor int64) money.Amount { return money.Amount{MinorUnits: minor, Currency: "EUR"} }

func debit(account string, minor int64) book.Entry {
	return book.Entry{Account: account, Side: leaf.Debit, Amount: eur(minor)}
}

func credit(account string, minor int64) book.Entry {
	return book.Entry{Account: account, Side: leaf.Credit, Amount: eur(minor)}
}

func draft(kind leaf.Kind, reference string, entries ...book.Entry) book.Draft {
	return book.Draft{Reference: reference, Kind: kind, Source: "donations/d_1", OccurredOn: today, Entries: entries}
}

func gift(reference string, minor int64) book.Draft {
	return draft(leaf.Donation, reference, debit("asset:stripe", minor), credit("fund:general:clearing", minor))
}

// helper is what tests and rapid's checks have in common.
type helper interface {
	Fatalf(format string, args ...any)
	Helper()
}

// apply checks and applies drafts as one unit.
func apply(t helper, b *book.Books, drafts ...book.Draft) (book.Result, error) {
	t.Helper()
	u, err := book.NewUnit(nil, drafts, today)
	if err != nil {
		t.Fatalf("unit: %v", err)
	}
	return b.Apply(u)
}

// must applies drafts that may not be refused.
func must(t helper, b *book.Books, drafts ...book.Draft) book.Result {
	t.Helper()
	r, err := apply(t, b, drafts...)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return r
}

func net(b *book.Books, path string) int64 {
	return b.Balance(leaf.Account{Path: path, Currency: "EUR"}).Net()
}

func wantFault(t *testing.T, err error, reason, field string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Reason != reason || len(f.Violations) != 1 || f.Violations[0].Field != field {
		t.Errorf("got %v, want %s at %s", err, reason, field)
	}
}
