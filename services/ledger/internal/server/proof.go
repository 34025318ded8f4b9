package server

import (
	"context"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// GetInclusionProof proves that a leaf is in a published tree.
func (s *Log) GetInclusionProof(ctx context.Context, req *ledgerv1.GetInclusionProofRequest) (*ledgerv1.GetInclusionProofResponse, error) {
	c, size, err := s.size(ctx, "treeSize", req.GetTreeSize())
	if err != nil {
		return nil, err
	}
	index := req.GetSequence()
	if index < 0 || index >= size {
		return nil, fault.Field("sequence", fault.FieldOutOfRange, "must be 0 or more and less than the size of the tree")
	}
	proof, err := merkle.InclusionProof(ctx, s.leaves, index, size)
	if err != nil {
		return nil, err
	}
	tile, err := s.leaves.ReadTile(ctx, 0, index/merkle.TileWidth, int(index%merkle.TileWidth)+1)
	if err != nil {
		return nil, err
	}
	at := index % merkle.TileWidth * merkle.HashSize
	published, err := s.checkpointProto(ctx, c)
	if err != nil {
		return nil, err
	}
	return &ledgerv1.GetInclusionProofResponse{
		Sequence: index, TreeSize: size, LeafHash: tile[at : at+merkle.HashSize],
		Hashes: hashes(proof), Checkpoint: published,
	}, nil
}

// GetConsistencyProof proves that one published tree is the beginning of another.
func (s *Log) GetConsistencyProof(ctx context.Context, req *ledgerv1.GetConsistencyProofRequest) (*ledgerv1.GetConsistencyProofResponse, error) {
	c, second, err := s.size(ctx, "secondSize", req.GetSecondSize())
	if err != nil {
		return nil, err
	}
	first := req.GetFirstSize()
	if first < 1 || first > second {
		return nil, fault.Field("firstSize", fault.FieldOutOfRange, "must be at least 1 and at most the second size")
	}
	proof, err := merkle.ConsistencyProof(ctx, s.leaves, first, second)
	if err != nil {
		return nil, err
	}
	published, err := s.checkpointProto(ctx, c)
	if err != nil {
		return nil, err
	}
	return &ledgerv1.GetConsistencyProofResponse{
		FirstSize: first, SecondSize: second, Hashes: hashes(proof), Checkpoint: published,
	}, nil
}

// size resolves the size of a tree that a request names, 0 being the published
// one.
func (s *Log) size(ctx context.Context, field string, size int64) (checkpoint.Published, int64, error) {
	c, err := s.publisher.Latest(ctx)
	if err != nil {
		return c, 0, err
	}
	if size == 0 {
		size = c.Size
	}
	if size < 0 || size > c.Size {
		return c, 0, fault.Field(field, fault.FieldTooLarge, "must be at most the size of the published checkpoint")
	}
	return c, size, nil
}

func hashes(in []merkle.Hash) [][]byte {
	out := make([][]byte, len(in))
	for i := range in {
		out[i] = in[i][:]
	}
	return out
}
