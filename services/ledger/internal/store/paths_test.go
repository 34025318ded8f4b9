package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// There are more than a page of paths, each in two currencies.
func TestEachPathIsReadOnceAndInOrder(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	want := []string{"asset:bank:main"}
	for n := range 10 {
		var drafts []book.Draft
		for _, currency := range []string{"EUR", "PLN"} {
			d := booktest.Draft(leaf.Suspense, fmt.Sprintf("s/%d/%s", n, currency),
				booktest.In(currency, booktest.Debit("asset:bank:main", 240)))
			for i := range 240 {
				d.Entries = append(d.Entries, booktest.In(currency, booktest.Credit(fmt.Sprintf("suspense:s%05d", n*240+i), 1)))
			}
			drafts = append(drafts, d)
		}
		if _, _, err := s.Batch(t.Context(), []book.Unit{unit(t, drafts...)}, store.Memory{}); err != nil {
			t.Fatal(err)
		}
		for i := range 240 {
			want = append(want, fmt.Sprintf("suspense:s%05d", n*240+i))
		}
	}
	var got []string
	for path, err := range s.Paths(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d paths, want %d", len(got), len(want))
	}
}
