package merkle_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

func TestProofsOfInclusionHoldForTheirLeafOnly(t *testing.T) {
	t.Parallel()
	all := hashes(66_000)
	_, s := grow(all)
	large := naive(all[:65_800])
	roots := func(all []merkle.Hash, size int64) merkle.Hash {
		if size == 65_800 {
			return large
		}
		return naive(all[:size])
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Int64Range(1, 1500), rapid.Just[int64](65_800)).Draw(t, "size")
		index := rapid.Int64Range(0, size-1).Draw(t, "index")
		root := roots(all, size)
		proof, err := merkle.InclusionProof(t.Context(), s, index, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := merkle.CheckInclusion(proof, size, root, index, all[index]); err != nil {
			t.Fatal(err)
		}
		if err := merkle.CheckInclusion(proof, size, root, index, all[index+1]); err == nil {
			t.Fatal("the proof holds for another leaf")
		}
		root[0]++
		if err := merkle.CheckInclusion(proof, size, root, index, all[index]); err == nil {
			t.Fatal("the proof holds for another tree")
		}
	})
}

func TestProofsOfConsistencyHoldForTheirTreesOnly(t *testing.T) {
	t.Parallel()
	all := hashes(66_000)
	_, s := grow(all)
	large := naive(all[:65_800])
	roots := func(all []merkle.Hash, size int64) merkle.Hash {
		if size == 65_800 {
			return large
		}
		return naive(all[:size])
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Int64Range(0, 1500), rapid.Just[int64](65_800)).Draw(t, "size")
		old := rapid.OneOf(rapid.Int64Range(0, min(size, 1500)), rapid.Just(size)).Draw(t, "old size")
		root, before := roots(all, size), naive(all[:old])
		proof, err := merkle.ConsistencyProof(t.Context(), s, old, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := merkle.CheckConsistency(proof, size, root, old, before); err != nil {
			t.Fatal(err)
		}
		if err := merkle.CheckConsistency(append(proof[:len(proof):len(proof)], root), size, root, old, before); err == nil {
			t.Fatal("a proof with a hash too many holds")
		}
		before[31]++
		if err := merkle.CheckConsistency(proof, size, root, old, before); err == nil {
			t.Fatal("the proof holds from another tree")
		}
	})
}

func TestProofsOutsideTheTreeAreRefused(t *testing.T) {
	t.Parallel()
	e, s := grow(hashes(10))
	for _, c := range [][2]int64{{-1, 10}, {10, 10}, {0, 0}, {0, -1}} {
		if _, err := merkle.InclusionProof(t.Context(), s, c[0], c[1]); err == nil {
			t.Errorf("inclusion of %d in %d was proved", c[0], c[1])
		}
		if err := merkle.CheckInclusion(nil, c[1], e.Root(), c[0], merkle.Hash{}); err == nil {
			t.Errorf("inclusion of %d in %d was accepted", c[0], c[1])
		}
	}
	for _, c := range [][2]int64{{-1, 10}, {11, 10}} {
		if _, err := merkle.ConsistencyProof(t.Context(), s, c[0], c[1]); err == nil {
			t.Errorf("consistency from %d to %d was proved", c[0], c[1])
		}
		if err := merkle.CheckConsistency(nil, c[1], e.Root(), c[0], e.Root()); err == nil {
			t.Errorf("consistency from %d to %d was accepted", c[0], c[1])
		}
	}
}
