package book_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// today is the day of every fact in these tests.
const today = booktest.Today

func zeros() [16]byte { return [16]byte{} }

func newBooks() *book.Books { return book.New(book.Position{Ledger: "main"}, zeros).WithoutRoles() }

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

func wantFault(t *testing.T, err error, reason fault.Reason, field string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Reason != reason || len(f.Violations) != 1 || f.Violations[0].Field != field {
		t.Errorf("got %v, want %s at %s", err, reason, field)
	}
}
