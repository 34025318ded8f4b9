package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Whoever posts is answered with the hash that is in the tree: of what is booked now,
// of what the same batch has booked already, and of what stood there before.
func TestResultsHaveTheHashesOfTheTree(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	batch(t, s, unit(t, booktest.Gift("earlier", 1)))
	out, _, err := s.Batch(t.Context(), []book.Unit{
		unit(t, booktest.Gift("a", 1), booktest.Gift("b", 2)), unit(t, booktest.Gift("b", 2), booktest.Gift("earlier", 1), booktest.Gift("c", 3)),
	}, store.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	// A batch of repeats books nothing.
	again, _, err := s.Batch(t.Context(), []book.Unit{unit(t, booktest.Gift("c", 3), booktest.Gift("a", 1))}, store.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	tile, err := s.ReadTile(t.Context(), 0, 0, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range append(out, again...) {
		if len(o.Result.Hashes) != len(o.Result.Leaves) {
			t.Fatalf("%d hashes of %d leaves", len(o.Result.Hashes), len(o.Result.Leaves))
		}
		for i, l := range o.Result.Leaves {
			at := l.Header().Sequence * merkle.HashSize
			if hash := o.Result.Hashes[i]; string(hash[:]) != string(tile[at:at+merkle.HashSize]) {
				t.Errorf("%s has another hash than entry %d of the tree", l.Reference(), l.Header().Sequence)
			}
		}
	}
}
