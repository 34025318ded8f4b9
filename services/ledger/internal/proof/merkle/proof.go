package merkle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// TileReader gives tiles out of a store, a folder or a server.
type TileReader interface {
	// ReadTile returns at least the first width hashes of a tile, more where
	// the tile has grown since.
	ReadTile(ctx context.Context, level int, index int64, width int) ([]byte, error)
}

var (
	errRange = errors.New("index or size is outside the tree")
	errProof = errors.New("the proof does not lead from the one to the other")
)

// InclusionProof proves that the leaf at index belongs to the tree of size.
func InclusionProof(ctx context.Context, r TileReader, index, size int64) ([]Hash, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("inclusion proof: %w", errRange)
	}
	proof, err := tlog.ProveRecord(size, index, hashReader(ctx, r, size))
	if err != nil {
		return nil, fmt.Errorf("inclusion proof: %w", err)
	}
	return proof, nil
}

// ConsistencyProof proves that the tree of size continues the one of oldSize.
// It is empty where nothing is to be proved: from the empty tree or to itself.
func ConsistencyProof(ctx context.Context, r TileReader, oldSize, size int64) ([]Hash, error) {
	if oldSize < 0 || oldSize > size {
		return nil, fmt.Errorf("consistency proof: %w", errRange)
	}
	if oldSize == 0 || oldSize == size {
		return nil, nil
	}
	proof, err := tlog.ProveTree(size, oldSize, hashReader(ctx, r, size))
	if err != nil {
		return nil, fmt.Errorf("consistency proof: %w", err)
	}
	return proof, nil
}

// CheckInclusion checks that leaf stands at index of the tree of size and root.
func CheckInclusion(proof []Hash, size int64, root Hash, index int64, leaf Hash) error {
	if index < 0 || index >= size {
		return fmt.Errorf("check inclusion: %w", errRange)
	}
	if err := tlog.CheckRecord(proof, size, root, index, leaf); err != nil {
		return fmt.Errorf("check inclusion: %w", errProof)
	}
	return nil
}

// CheckConsistency checks that the tree of size and root continues the one of
// oldSize and oldRoot.
func CheckConsistency(proof []Hash, size int64, root Hash, oldSize int64, oldRoot Hash) error {
	switch {
	case oldSize < 0 || oldSize > size:
		return fmt.Errorf("check consistency: %w", errRange)
	case oldSize == 0 && len(proof) == 0 && oldRoot == sha256.Sum256(nil):
		return nil
	case oldSize == size && len(proof) == 0 && oldRoot == root:
		return nil
	case oldSize == 0 || oldSize == size:
		return fmt.Errorf("check consistency: %w", errProof)
	}
	if err := tlog.CheckTree(proof, size, root, oldSize, oldRoot); err != nil {
		return fmt.Errorf("check consistency: %w", errProof)
	}
	return nil
}

// hashReader gives tlog the node hashes that it asks for, out of tiles.
func hashReader(ctx context.Context, r TileReader, size int64) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		out := make([]Hash, len(indexes))
		for i, at := range indexes {
			height, n := tlog.SplitStoredHashIndex(at)
			h, err := nodeAt(ctx, r, size, height, n)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}

// nodeAt returns the root of the n-th perfect subtree of a height.
func nodeAt(ctx context.Context, r TileReader, size int64, height int, n int64) (Hash, error) {
	level := height / tileHeight
	span := int64(1) << (height % tileHeight) // hashes of the tile below the node
	first := n * span
	width := min(TileWidth, (size>>(tileHeight*level))-first/TileWidth*TileWidth)
	hashes, err := readTile(ctx, r, level, first/TileWidth, int(width))
	if err != nil {
		return Hash{}, err
	}
	at := first % TileWidth * HashSize
	if at+span*HashSize > int64(len(hashes)) {
		return Hash{}, errRange
	}
	return subtree(hashes[at : at+span*HashSize]), nil
}
