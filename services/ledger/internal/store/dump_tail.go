package store

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// tail recomputes the tree from the size on, which is not published yet, up to the
// head, and returns the last day that was closed there, zero where none was. What
// stands before the size an outsider recomputes.
func (d *dump) tail(ctx context.Context) (leaf.Day, error) {
	if d.at.Size < d.size {
		return 0, d.wrong("the head says %d leaves, but %d are published", d.at.Size, d.size)
	}
	size, err := postgres.One(ctx, d.tx, "last leaf", pgx.RowTo[int64],
		`SELECT COALESCE(MAX(sequence) + 1, 0) FROM leaves WHERE ledger_id = $1`, d.store.ledger)
	if err != nil {
		return 0, err
	}
	if size < d.at.Size {
		return 0, d.wrong("the head says %d leaves, but the last one is entry %d", d.at.Size, size-1)
	}
	edge, err := merkle.LoadEdge(ctx, tileReader{d.tx, d.store.ledger}, d.size)
	if fault.OfKind(err, fault.NotFound) {
		return 0, d.wrong("the head's tree cannot be recomputed: tiles are missing or too short")
	}
	if err != nil {
		return 0, err
	}
	var closed leaf.Day
	for first := d.size; first < d.at.Size; {
		last := min(d.at.Size, (first/merkle.TileWidth+1)*merkle.TileWidth)
		var hashes []merkle.Hash
		if err := d.store.leavesOf(ctx, d.tx, first, int(last-first), func(raw []byte) error {
			hashes = append(hashes, merkle.LeafHash(raw))
			if l, err := leaf.Decode(raw); err == nil && l.Close != nil {
				closed = l.Close.Last
			}
			return nil
		}); err != nil {
			return 0, err
		}
		var grown []merkle.Tile
		edge, grown = edge.Append(hashes)
		if err := d.compare(ctx, first, grown); err != nil {
			return 0, err
		}
		first = last
	}
	if edge.Root() != d.at.Root {
		return closed, d.wrong("the head's root is not that of its %d leaves", d.at.Size)
	}
	return closed, nil
}

// compare compares tiles as they must have become with those that are stored;
// leaves before first were not looked at.
func (d *dump) compare(ctx context.Context, first int64, grown []merkle.Tile) error {
	for _, g := range grown {
		stored, err := tileReader{d.tx, d.store.ledger}.ReadTile(ctx, g.Level, g.Index, g.Width())
		if err != nil && !fault.OfKind(err, fault.NotFound) {
			return err
		}
		if bytes.HasPrefix(stored, g.Hashes) {
			continue
		}
		path := merkle.Ref{Level: g.Level, Index: g.Index, Width: g.Width()}.Path()
		if err := d.wrong("%s is not made from the leaves", path); err != nil {
			return err
		}
		if g.Level > 0 {
			continue
		}
		for i := max(0, first-g.Index*merkle.TileWidth); i < int64(g.Width()); i++ {
			at := int(i) * merkle.HashSize
			if len(stored) < at || !bytes.HasPrefix(stored[at:], g.Hashes[at:at+merkle.HashSize]) {
				if err := d.wrong("entry %d, not published yet, is not the one whose hash is in the tree", g.Index*merkle.TileWidth+i); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}
