package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// ProveReceipt answers with the proof of a payment of the gift that a token belongs to.
func (s *Server) ProveReceipt(ctx context.Context, req *donationsv1.ProveReceiptRequest) (*donationsv1.ReceiptProof, error) {
	p, err := s.held(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	d, err := s.paymentOf(ctx, p.ID, req.GetDonation())
	if err != nil {
		return nil, err
	}
	notYet := fault.New(fault.Precondition, fault.ReasonNoCheckpoint, "The payment is not booked yet, or nothing is published yet that reaches it.")
	if d.PostedAt == nil {
		return nil, notYet
	}
	proof, err := s.Proofs.ProveGift(ctx, &ledgerv1.ProveGiftRequest{Reference: reference.Donation(s.KeyOf(d.Payment.BalanceID))})
	if fault.Is(err, fault.ReasonNoCheckpoint) {
		return nil, notYet.With(err)
	}
	if err != nil {
		return nil, err
	}
	return &donationsv1.ReceiptProof{File: string(proof.GetFile())}, nil
}
