package merkle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Ref is the address of a tile as C2SP tlog-tiles spells it.
type Ref struct {
	// Entries says that the tile holds leaves, not hashes; Level is then 0.
	Entries bool
	// Level is 0 for tiles of leaf hashes.
	Level int
	// Index counts the tiles of a level from 0.
	Index int64
	// Width is the number of hashes or leaves, 1 to 256.
	Width int
}

// maxLevel bounds the level of a tile: eight of them hold 2^64 leaves.
const maxLevel = 7

var errPath = errors.New("is not the path of a tile")

// Path writes the address behind the log's prefix, for example
// "tile/0/x001/067.p/12" or "tile/entries/000".
func (r Ref) Path() string {
	level := strconv.Itoa(r.Level)
	if r.Entries {
		level = "entries"
	}
	index := fmt.Sprintf("%03d", r.Index%1000)
	for n := r.Index / 1000; n > 0; n /= 1000 {
		index = fmt.Sprintf("x%03d/%s", n%1000, index)
	}
	path := "tile/" + level + "/" + index
	if r.Width < TileWidth {
		path += ".p/" + strconv.Itoa(r.Width)
	}
	return path
}

// ParsePath reads what Path writes, and nothing else.
func ParsePath(path string) (Ref, error) {
	r := Ref{Width: TileWidth}
	rest, ok := strings.CutPrefix(path, "tile/")
	level, index, found := strings.Cut(rest, "/")
	if !ok || !found {
		return Ref{}, errPath
	}
	if r.Entries = level == "entries"; !r.Entries {
		n, err := strconv.Atoi(level)
		if err != nil || n < 0 || n > maxLevel {
			return Ref{}, errPath
		}
		r.Level = n
	}
	if whole, width, partial := strings.Cut(index, ".p/"); partial {
		n, err := strconv.Atoi(width)
		if err != nil || n < 1 || n >= TileWidth {
			return Ref{}, errPath
		}
		index, r.Width = whole, n
	}
	digits := strings.NewReplacer("/", "", "x", "").Replace(index)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return Ref{}, errPath
	}
	r.Index = n
	if r.Path() != path {
		return Ref{}, errPath
	}
	return r, nil
}

// Exists reports whether a log of size leaves has the tile: full ones behind
// it, and of the last one of each level exactly the width that it has.
func (r Ref) Exists(size int64) bool {
	if r.Level > maxLevel || r.Index < 0 {
		return false
	}
	n := size >> (tileHeight * r.Level)
	switch full := n / TileWidth; {
	case r.Index < full:
		return r.Width == TileWidth
	case r.Index == full:
		return r.Width == int(n%TileWidth) && r.Width > 0
	}
	return false
}

// Refs returns the addresses of all tiles of a log of size leaves, level by
// level, the tiles of leaves first.
func Refs(size int64) func(yield func(Ref) bool) {
	return func(yield func(Ref) bool) {
		if !row(Ref{Entries: true}, size, yield) {
			return
		}
		for level := 0; size>>(tileHeight*level) > 0; level++ {
			if !row(Ref{Level: level}, size>>(tileHeight*level), yield) {
				return
			}
		}
	}
}

func row(r Ref, n int64, yield func(Ref) bool) bool {
	for first := int64(0); first < n; first += TileWidth {
		r.Index, r.Width = first/TileWidth, int(min(TileWidth, n-first))
		if !yield(r) {
			return false
		}
	}
	return true
}

// AppendEntry appends a leaf to an entry bundle: its length in two bytes,
// big-endian, and its bytes. A leaf has at most 65535.
func AppendEntry(bundle, leaf []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(leaf))), leaf...)
}

var errBundle = errors.New("the lengths of an entry bundle do not fit its bytes")

// Entries takes an entry bundle apart. The leaves are parts of its bytes; with an
// error come those before the first whose length does not fit.
func Entries(bundle []byte) ([][]byte, error) {
	if len(bundle) == 0 {
		return nil, nil
	}
	out := make([][]byte, 0, TileWidth)
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return out, errBundle
		}
		n := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+n {
			return out, errBundle
		}
		out = append(out, bundle[2:2+n])
		bundle = bundle[2+n:]
	}
	return out, nil
}
