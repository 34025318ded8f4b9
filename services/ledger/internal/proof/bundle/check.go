package bundle

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// check compares a tile with the level above it, which is in the folder by now.
// Tiles of hashes that are not full have none; their widths are checked here,
// and root checks them all together.
func (w *writer) check(ctx context.Context, ref merkle.Ref, content []byte) error {
	if ref.Entries {
		return w.checkEntries(ctx, ref, content)
	}
	if len(content) != ref.Width*merkle.HashSize {
		return errRoot
	}
	if ref.Width < merkle.TileWidth {
		return nil
	}
	want, err := w.hashAt(ctx, ref.Level+1, ref.Index)
	if err != nil {
		return err
	}
	if merkle.TileRoot(content) != want {
		return errRoot
	}
	return nil
}

func (w *writer) checkEntries(ctx context.Context, ref merkle.Ref, content []byte) error {
	leaves, err := merkle.Entries(content)
	if err != nil {
		return err
	}
	hashes, err := w.dir.Tile(ctx, merkle.Ref{Index: ref.Index, Width: ref.Width}.Path())
	if err != nil {
		return err
	}
	if len(leaves) != ref.Width {
		return errRoot
	}
	for i, l := range leaves {
		if merkle.LeafHash(l) != merkle.Hash(hashes[i*merkle.HashSize:][:merkle.HashSize]) {
			return errRoot
		}
	}
	return nil
}

// hashAt returns the n-th hash of a level, out of a tile in the folder.
func (w *writer) hashAt(ctx context.Context, level int, n int64) (merkle.Hash, error) {
	all := w.head.Size >> (8 * level)
	ref := merkle.Ref{Level: level, Index: n / merkle.TileWidth}
	ref.Width = int(min(merkle.TileWidth, all-ref.Index*merkle.TileWidth))
	hashes, err := w.dir.Tile(ctx, ref.Path())
	if err != nil {
		return merkle.Hash{}, err
	}
	at := int(n%merkle.TileWidth) * merkle.HashSize
	if at+merkle.HashSize > len(hashes) {
		return merkle.Hash{}, errRoot
	}
	return merkle.Hash(hashes[at:][:merkle.HashSize]), nil
}

// root checks the whole tree of hashes: the last tile of each level together
// make the root, and every full tile was compared with its parent.
func (w *writer) root(ctx context.Context) error {
	edge, err := merkle.LoadEdge(ctx, Tiles{w.dir}, w.head.Size)
	if err != nil {
		return err
	}
	if edge.Root() != w.head.Root {
		return errRoot
	}
	return nil
}
