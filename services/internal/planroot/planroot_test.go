package planroot_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/planroot"
)

func leaf() planroot.Leaf {
	return planroot.Leaf{
		Plan: "p_1", Rail: "sepa", Sender: "main", Payment: "y_1", Minor: 10_000, Currency: "EUR", Account: [planroot.Size]byte{1},
		Shares: []planroot.Share{{Award: "w_1", Minor: 4_000}, {Award: "w_2", Minor: 6_000}},
	}
}

var blind = bytes.Repeat([]byte{7}, planroot.BlindSize)

// TestTheHashOfALeafIsFrozen keeps what people have signed good: a released plan must
// open its accounts also in the next version of the program.
func TestTheHashOfALeafIsFrozen(t *testing.T) {
	t.Parallel()
	const want = "af37d873745d20384752cc3e0d8203d5203dc12cb4597dba84d388a5f38b0c5f"
	h := leaf().Hash(blind)
	if got := hex.EncodeToString(h[:]); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

func TestEverythingALeafSaysIsInItsHash(t *testing.T) {
	t.Parallel()
	seen := map[planroot.Hash]string{leaf().Hash(blind): "the leaf itself"}
	for name, change := range map[string]func(l *planroot.Leaf){
		"another plan":     func(l *planroot.Leaf) { l.Plan = "p_2" },
		"another rail":     func(l *planroot.Leaf) { l.Rail = "manual" },
		"another sender":   func(l *planroot.Leaf) { l.Sender = "other" },
		"another payment":  func(l *planroot.Leaf) { l.Payment = "y_2" },
		"another amount":   func(l *planroot.Leaf) { l.Minor++ },
		"another currency": func(l *planroot.Leaf) { l.Currency = "PLN" },
		"another account":  func(l *planroot.Leaf) { l.Account[31] = 1 },
		"another award":    func(l *planroot.Leaf) { l.Shares[0].Award = "w_3" },
		"another share":    func(l *planroot.Leaf) { l.Shares[0].Minor++ },
		"one award less":   func(l *planroot.Leaf) { l.Shares = l.Shares[:1] },
		"words moved":      func(l *planroot.Leaf) { l.Plan, l.Rail = "p_1\t\"sepa", "" },
	} {
		l := leaf()
		change(&l)
		h := l.Hash(blind)
		if other, twice := seen[h]; twice {
			t.Errorf("%s hashes like %s", name, other)
		}
		seen[h] = name
	}
	if _, twice := seen[leaf().Hash(make([]byte, planroot.BlindSize))]; twice {
		t.Error("the blinding is not in the hash")
	}
	turned := leaf()
	slices.Reverse(turned.Shares)
	if turned.Hash(blind) != leaf().Hash(blind) {
		t.Error("the order of awards changes the hash")
	}
}

// TestAPathLeadsFromItsOwnPlaceToItsOwnRootOnly grows any tree, and moves each part of
// a proof.
func TestAPathLeadsFromItsOwnPlaceToItsOwnRootOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaves := make([]planroot.Hash, rapid.IntRange(1, 40).Draw(t, "leaves"))
		for i := range leaves {
			l := leaf()
			l.Minor = int64(i + 1)
			leaves[i] = l.Hash(blind)
		}
		at := rapid.IntRange(0, len(leaves)-1).Draw(t, "index")
		root, err := planroot.Root(leaves)
		if err != nil {
			t.Fatal(err)
		}
		path, err := planroot.Path(leaves, at)
		if err != nil {
			t.Fatal(err)
		}
		if err := planroot.Check(root, leaves[at], at, len(leaves), path); err != nil {
			t.Fatalf("its own proof: %v", err)
		}
		stranger := leaf().Hash(nil)
		for name, err := range map[string]error{
			"another leaf":  planroot.Check(root, stranger, at, len(leaves), path),
			"another root":  planroot.Check(stranger, leaves[at], at, len(leaves), path),
			"a longer path": planroot.Check(root, leaves[at], at, len(leaves), append(slices.Clone(path), stranger)),
			"outside":       planroot.Check(root, leaves[at], len(leaves), len(leaves), path),
			"before":        planroot.Check(root, leaves[at], -1, len(leaves), path),
		} {
			if err == nil {
				t.Fatalf("%s is taken", name)
			}
		}
		if len(path) > 0 && planroot.Check(root, leaves[at], at, len(leaves), path[1:]) == nil {
			t.Fatal("a shorter path is taken")
		}
	})
}

func TestATreeOfNothingHasNoRoot(t *testing.T) {
	t.Parallel()
	if _, err := planroot.Root(nil); err == nil {
		t.Error("a tree without leaves has a root")
	}
	if _, err := planroot.Path([]planroot.Hash{{}}, 1); err == nil {
		t.Error("a leaf outside has a path")
	}
}
