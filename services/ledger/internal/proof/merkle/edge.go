// Package merkle grows and proves the ledger's Merkle tree: RFC 6962 hashes,
// kept as C2SP tiles of 256 hashes. It does no input or output of its own; tiles
// come from a TileReader and go to whoever stores them.
package merkle

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash of a leaf or node.
type Hash = tlog.Hash

const (
	// TileWidth is the number of hashes in a full tile.
	TileWidth = 256
	// tileHeight is the number of tree levels that a tile spans.
	tileHeight = 8
	// HashSize is the number of bytes of a hash.
	HashSize = tlog.HashSize
)

// Head is where a tree stands.
type Head struct {
	// Size is the number of leaves.
	Size int64
	// Root is the RFC 6962 root over them.
	Root Hash
}

// LeafHash returns the RFC 6962 hash of a leaf's bytes.
func LeafHash(leaf []byte) Hash {
	var small [512]byte
	buf := append(append(small[:0], 0), leaf...)
	return sha256.Sum256(buf)
}

// Tile is a tile as it is stored: one row per level and index.
type Tile struct {
	// Level is 0 for tiles of leaf hashes.
	Level int
	// Index counts the tiles of a level from 0.
	Index int64
	// Hashes holds 1 to 256 hashes, one after the other.
	Hashes []byte
}

// Width returns the number of hashes in the tile.
func (t Tile) Width() int { return len(t.Hashes) / HashSize }

// Edge is the right edge of a tree: what is needed to append to it and to know
// its root. It is a value that never changes; the zero Edge is the empty tree.
type Edge struct {
	size int64
	// stack holds the roots of the perfect subtrees that make up the tree, the
	// largest first: one for each bit of size that is set.
	stack []Hash
	// partial holds for each level the hashes of its last tile, where that is
	// not full.
	partial [][]byte
}

// Size returns the number of leaves.
func (e Edge) Size() int64 { return e.size }

// Root returns the root hash; of the empty tree it is the hash of nothing.
func (e Edge) Root() Hash {
	if len(e.stack) == 0 {
		return sha256.Sum256(nil)
	}
	root := e.stack[len(e.stack)-1]
	for _, left := range slices.Backward(e.stack[:len(e.stack)-1]) {
		root = tlog.NodeHash(left, root)
	}
	return root
}

// Append returns the edge after the given leaf hashes, and exactly the tiles
// that are new or have grown, in ascending order of level and index.
func (e Edge) Append(leaves []Hash) (Edge, []Tile) {
	g := growth{Edge: Edge{size: e.size, stack: slices.Clone(e.stack)}}
	for level, hashes := range e.partial {
		g.partial = append(g.partial, slices.Clone(hashes))
		g.grown = append(g.grown, nil)
		g.index = append(g.index, (e.size>>(tileHeight*level))/TileWidth)
	}
	for _, h := range leaves {
		g.add(h)
	}
	return g.Edge, g.tiles(e)
}

// growth is an edge while leaves are added to it.
type growth struct {
	Edge
	grown [][]Tile // full tiles that became so, by level
	index []int64  // of the last, partial tile, by level
}

// add appends one leaf hash.
func (g *growth) add(h Hash) {
	g.put(0, h)
	for n, height := g.size, 1; n&1 == 1; n, height = n>>1, height+1 {
		last := len(g.stack) - 1
		h = tlog.NodeHash(g.stack[last], h)
		g.stack = g.stack[:last]
		if height%tileHeight == 0 {
			g.put(height/tileHeight, h)
		}
	}
	g.stack = append(g.stack, h)
	g.size++
}

// put appends a hash to the last tile of a level.
func (g *growth) put(level int, h Hash) {
	if level == len(g.partial) {
		g.partial, g.grown, g.index = append(g.partial, nil), append(g.grown, nil), append(g.index, 0)
	}
	g.partial[level] = append(g.partial[level], h[:]...)
	if len(g.partial[level]) == TileWidth*HashSize {
		g.grown[level] = append(g.grown[level], Tile{level, g.index[level], g.partial[level]})
		g.partial[level] = nil
		g.index[level]++
	}
}

// tiles collects what has changed since old.
func (g *growth) tiles(old Edge) []Tile {
	var out []Tile
	for level, full := range g.grown {
		out = append(out, full...)
		last := g.partial[level]
		changed := len(full) > 0 || level >= len(old.partial) || len(old.partial[level]) != len(last)
		if changed && len(last) > 0 {
			out = append(out, Tile{level, g.index[level], last})
		}
	}
	return out
}

// LoadEdge reads the right edge of a tree of the given size. The caller compares
// its root with the one that it trusts.
func LoadEdge(ctx context.Context, r TileReader, size int64) (Edge, error) {
	e := Edge{size: size}
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		n := size >> (tileHeight * level)
		width := int(n % TileWidth)
		if width == 0 {
			e.partial = append(e.partial, nil)
			continue
		}
		hashes, err := readTile(ctx, r, level, n/TileWidth, width)
		if err != nil {
			return Edge{}, err
		}
		e.partial = append(e.partial, hashes)
	}
	for _, hashes := range slices.Backward(e.partial) {
		e.stack = append(e.stack, peaks(hashes)...)
	}
	return e, nil
}

// peaks returns the roots of the perfect subtrees over a run of hashes that
// begins at a multiple of 256, the largest first.
func peaks(hashes []byte) []Hash {
	var out []Hash
	for n := len(hashes) / HashSize; n > 0; n = len(hashes) / HashSize {
		width := 1 << (bits.Len(uint(n)) - 1)
		out = append(out, subtree(hashes[:width*HashSize]))
		hashes = hashes[width*HashSize:]
	}
	return out
}

// subtree returns the root over a power of two of hashes.
func subtree(hashes []byte) Hash {
	n := len(hashes) / HashSize
	if n == 1 {
		return Hash(hashes)
	}
	row := make([]Hash, n/2)
	for i := range row {
		row[i] = node(hashes[i*2*HashSize:])
	}
	for len(row) > 1 {
		for i := range len(row) / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// node returns the hash over the first two hashes.
func node(pair []byte) Hash {
	var buf [1 + 2*HashSize]byte
	buf[0] = 1
	copy(buf[1:], pair[:2*HashSize])
	return sha256.Sum256(buf[:])
}

// readTile reads the first width hashes of a tile.
func readTile(ctx context.Context, r TileReader, level int, index int64, width int) ([]byte, error) {
	hashes, err := r.ReadTile(ctx, level, index, width)
	if err != nil {
		return nil, fmt.Errorf("read tile %d of level %d: %w", index, level, err)
	}
	if len(hashes) < width*HashSize || len(hashes)%HashSize != 0 {
		return nil, fmt.Errorf("read tile %d of level %d: %d bytes, not %d hashes", index, level, len(hashes), width)
	}
	return hashes[:width*HashSize], nil
}

// TileRoot returns the root over the 256 hashes of a full tile, which stands in
// the tile of the level above it.
func TileRoot(hashes []byte) Hash { return subtree(hashes) }

// Join returns the root of a tree whose full tiles of leaves have the roots that
// upper was grown from, and whose last tile holds the hashes of last.
func Join(upper Edge, last []byte) Hash {
	e := Edge{stack: append(slices.Clone(upper.stack), peaks(last)...)}
	return e.Root()
}
