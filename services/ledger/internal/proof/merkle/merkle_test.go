package merkle_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// store keeps tiles as a table would: the last one written for each place.
type store map[[2]int64][]byte

func (s store) put(tiles []merkle.Tile) {
	for _, t := range tiles {
		s[[2]int64{int64(t.Level), t.Index}] = t.Hashes
	}
}

func (s store) ReadTile(_ context.Context, level int, index int64, _ int) ([]byte, error) {
	hashes, ok := s[[2]int64{int64(level), index}]
	if !ok {
		return nil, fmt.Errorf("no tile %d of level %d", index, level)
	}
	return hashes, nil
}

// naive is the tree hash of RFC 6962, section 2.1, word for word.
func naive(leaves []merkle.Hash) merkle.Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		left, right := naive(leaves[:k]), naive(leaves[k:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
}

// hashes makes n different leaf hashes.
func hashes(n int) []merkle.Hash {
	out := make([]merkle.Hash, n)
	for i := range out {
		out[i] = merkle.LeafHash([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
	}
	return out
}

// grow appends leaves in batches and keeps the tiles.
func grow(leaves []merkle.Hash, batches ...int) (merkle.Edge, store) {
	var e merkle.Edge
	s := store{}
	for _, n := range append(batches, len(leaves)) {
		var tiles []merkle.Tile
		n = min(n, len(leaves))
		e, tiles = e.Append(leaves[:n])
		s.put(tiles)
		leaves = leaves[n:]
	}
	return e, s
}

// The vectors are those that implementations of Certificate Transparency share.
func TestHashesAreThoseOfRFC6962(t *testing.T) {
	t.Parallel()
	var leaves []merkle.Hash
	for _, text := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, merkle.LeafHash(b))
	}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	for n, want := range roots {
		e, _ := grow(leaves[:n])
		if root := e.Root(); hex.EncodeToString(root[:]) != want {
			t.Errorf("root of %d leaves is %x", n, root)
		}
	}
}

func TestATreeGrownInAnyBatchesIsTheSame(t *testing.T) {
	t.Parallel()
	all := hashes(66_000)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1500).Draw(t, "leaves")
		batches := rapid.SliceOfN(rapid.IntRange(0, 600), 0, 10).Draw(t, "batches")
		e, s := grow(all[:n], batches...)
		if e.Size() != int64(n) || e.Root() != naive(all[:n]) {
			t.Fatalf("%d leaves in batches of %v have another root", n, batches)
		}
		loaded, err := merkle.LoadEdge(t.Context(), s, int64(n))
		if err != nil || loaded.Root() != e.Root() {
			t.Fatalf("loaded edge: %v", err)
		}
		a, tiles := e.Append(all[:300])
		b, again := loaded.Append(all[:300])
		if a.Root() != b.Root() || cmp.Diff(tiles, again) != "" {
			t.Fatal("a loaded edge grows in another way")
		}
	})
}

func TestALargeTreeIsTheSameAsTheNaiveOne(t *testing.T) {
	t.Parallel()
	all := hashes(66_000)
	for _, n := range []int{65_535, 65_536, 65_537, 66_000} {
		e, s := grow(all[:n], 255, 1, 60_000)
		loaded, err := merkle.LoadEdge(t.Context(), s, int64(n))
		if err != nil || e.Root() != naive(all[:n]) || loaded.Root() != e.Root() {
			t.Errorf("%d leaves: %v", n, err)
		}
	}
}

// Tiles are written when they have changed, and only then.
func TestAppendReturnsExactlyTheChangedTiles(t *testing.T) {
	t.Parallel()
	type place struct {
		level int
		index int64
		width int
	}
	all := hashes(1000)
	for _, c := range []struct {
		size, add int
		want      []place
	}{
		{0, 0, nil},
		{0, 1, []place{{0, 0, 1}}},
		{255, 1, []place{{0, 0, 256}, {1, 0, 1}}},
		{256, 1, []place{{0, 1, 1}}},
		{256, 0, nil},
		{300, 0, nil},
		{300, 5, []place{{0, 1, 49}}},
		{300, 600, []place{{0, 1, 256}, {0, 2, 256}, {0, 3, 132}, {1, 0, 3}}},
	} {
		e, _ := grow(all[:c.size])
		_, tiles := e.Append(all[c.size : c.size+c.add])
		var got []place
		for _, x := range tiles {
			got = append(got, place{x.Level, x.Index, x.Width()})
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d and %d leaves: wrote %v, want %v", c.size, c.add, got, c.want)
		}
	}
}

// An edge is a value: a batch that is given up leaves it as it was.
func TestAnEdgeDoesNotChange(t *testing.T) {
	t.Parallel()
	all := hashes(2000)
	e, _ := grow(all[:1001])
	want := naive(all[:1001])
	for _, n := range []int{1, 23, 24, 500} {
		if e.Append(all[:n]); e.Root() != want {
			t.Fatalf("appending %d leaves changed the edge itself", n)
		}
	}
	next, _ := e.Append(all[1001:])
	if next.Root() != naive(all) {
		t.Error("the edge grows wrongly after batches that were given up")
	}
}

func TestJoinIsTheRootOfFullTilesAndARest(t *testing.T) {
	t.Parallel()
	all := hashes(256*3 + 77)
	for _, n := range []int{0, 1, 255, 256, 257, 512, 600, 768, len(all)} {
		var upper merkle.Edge
		rest := all[:n]
		for len(rest) >= merkle.TileWidth {
			upper, _ = upper.Append([]merkle.Hash{merkle.TileRoot(flat(rest[:merkle.TileWidth]))})
			rest = rest[merkle.TileWidth:]
		}
		if merkle.Join(upper, flat(rest)) != naive(all[:n]) {
			t.Errorf("%d leaves", n)
		}
	}
}

func flat(hashes []merkle.Hash) []byte {
	var out []byte
	for _, h := range hashes {
		out = append(out, h[:]...)
	}
	return out
}

func TestATileThatIsTooShortIsRefused(t *testing.T) {
	t.Parallel()
	_, s := grow(hashes(300))
	s[[2]int64{0, 1}] = s[[2]int64{0, 1}][:32*43]
	if _, err := merkle.LoadEdge(t.Context(), s, 300); err == nil {
		t.Error("an edge was loaded from a tile that is too short")
	}
	delete(s, [2]int64{0, 0})
	if _, err := merkle.InclusionProof(t.Context(), s, 3, 300); err == nil {
		t.Error("a proof was made without its tile")
	}
}
