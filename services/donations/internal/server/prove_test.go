package server_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// proofs prove what a ledger has booked, by its reference alone.
type proofs struct{ ledger *ledgertest.Ledger }

func (p proofs) ProveGift(_ context.Context, r *ledgerv1.ProveGiftRequest, _ ...grpc.CallOption) (*ledgerv1.ProveGiftResponse, error) {
	if t := p.ledger.Booked(r.GetReference()); t != nil {
		return &ledgerv1.ProveGiftResponse{File: []byte("the proof of " + t.GetSource())}, nil
	}
	return nil, fault.Missing("gift")
}

// A donor gets the proof of their own payment, of no other, and once it is booked.
func TestTheTokenProvesItsPayment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	mine, other, unpaid := b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general"))
	b.pay(mine)
	b.drain("stripe.event")
	prove := func(made *donationsv1.Pledge, donation string) (*donationsv1.ReceiptProof, error) {
		return b.receipts().ProveReceipt(t.Context(), &donationsv1.ProveReceiptRequest{ReceiptToken: made.GetReceiptToken(), Donation: donation})
	}
	if _, err := prove(mine, ""); !fault.Is(err, fault.ReasonNoCheckpoint) {
		t.Errorf("before it is booked: %v", err)
	}
	b.pay(other)
	b.drain()
	name := b.donation(p, mine).GetName()
	for _, donation := range []string{"", name} {
		if got, err := prove(mine, donation); err != nil || got.GetFile() != "the proof of "+name {
			t.Errorf("%q: %v, %v", donation, got, err)
		}
	}
	if _, err := prove(mine, b.donation(p, other).GetName()); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("another's: %v", err)
	}
	if _, err := prove(unpaid, ""); fault.As(err) == nil {
		t.Errorf("nothing was paid: %v", err)
	}
	if _, err := prove(&donationsv1.Pledge{ReceiptToken: "x"}, name); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown token: %v", err)
	}
}
