package server

import (
	"context"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/gift"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// referred reads leaves by reference.
type referred interface {
	LeavesOf(ctx context.Context, references []string) (map[string]leaf.Leaf, error)
}

// Proofs serves ProofService.
type Proofs struct {
	log   *Log
	books referred
}

var _ ledgerv1.ProofServiceServer = (*Proofs)(nil)

// NewProofs returns the server of ProofService, by what a log has published.
func NewProofs(log *Log, books referred) *Proofs { return &Proofs{log, books} }

// ProveGift makes the file that proves a gift.
func (s *Proofs) ProveGift(ctx context.Context, req *ledgerv1.ProveGiftRequest) (*ledgerv1.ProveGiftResponse, error) {
	found, err := s.books.LeavesOf(ctx, []string{req.GetReference()})
	if err != nil {
		return nil, err
	}
	t := found[req.GetReference()].Transaction
	if t == nil || t.Kind != leaf.Donation {
		return nil, fault.Missing("gift")
	}
	c, err := s.log.publisher.Latest(ctx)
	if err != nil {
		return nil, err
	}
	if t.Sequence >= c.Size {
		return nil, fault.New(fault.Precondition, fault.ReasonNoCheckpoint, "No checkpoint that reaches the gift is published yet.")
	}
	hashes, err := merkle.InclusionProof(ctx, s.log.leaves, t.Sequence, c.Size)
	if err != nil {
		return nil, err
	}
	_, key, err := s.log.publisher.Keys(ctx, c.Size)
	if err != nil {
		return nil, err
	}
	file, err := gift.Write(t, gift.Evidence{Hashes: hashes, Checkpoint: s.log.publisher.Signed(c), Key: key})
	if err != nil {
		return nil, err
	}
	return &ledgerv1.ProveGiftResponse{File: file}, nil
}
