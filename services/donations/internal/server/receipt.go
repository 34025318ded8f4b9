package server

import (
	"bytes"
	"context"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Statements are the ledger's figures of a fund.
type Statements interface {
	// GetFundStatement reads what came into a fund and went out of it.
	GetFundStatement(ctx context.Context, r *ledgerv1.GetFundStatementRequest, opts ...grpc.CallOption) (*ledgerv1.FundStatement, error)
}

// OpenReceipt shows a gift to whoever has its token. A token that opens nothing
// costs the same work, done for another pledge's receipt, and gets its answer only
// then: neither the answer nor its time tells more than that the token is unknown.
func (s *Server) OpenReceipt(ctx context.Context, req *donationsv1.OpenReceiptRequest) (*donationsv1.Receipt, error) {
	if req.GetReceiptToken() == "" {
		return nil, fault.Field("receiptToken", fault.FieldRequired, "is required")
	}
	language, err := languageOf(ctx, req)
	if err != nil {
		return nil, err
	}
	hash, unknown := receipt.Hash(req.GetReceiptToken()), fault.Missing("receipt")
	p, err := s.Store.PledgeByReceipt(ctx, hash)
	if fault.OfKind(err, fault.NotFound) {
		return nil, unknown // there is no pledge yet
	}
	if err != nil {
		return nil, err
	}
	out, err := s.receiptOrNotice(ctx, p, language)
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(p.ReceiptSHA256, hash):
		return nil, unknown
	}
	return out, nil
}

func (s *Server) receiptOf(ctx context.Context, p pledge.Pledge) (*donationsv1.Receipt, error) {
	payments, err := s.Store.PaymentsOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	refunds, err := s.Store.LastRefunds(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	d := newest(payments)
	out := &donationsv1.Receipt{
		Amount: rpc.MoneyOf(p.Charge()), Tip: amountsIn(p.Amount.Currency)(p.Tip),
		PledgeState: enum.Value[donationsv1.PledgeState](p.State), DonationState: enum.Value[donationsv1.DonationState](d.State),
		ReceivedOn: bookedOn(d), Failure: failureOf(p.Failure),
	}
	if out.NextPaymentOn, out.PausedUntil = nextOn(p), pausedUntil(p); p.Recurring() {
		out.Recurrence = enum.Value[donationsv1.PledgeRecurrence](p.Recurrence)
	}
	if g := p.Giving; g != nil {
		out.Trouble, out.PaymentUrl = troubleOf(g.Trouble), g.PayURL
	}
	for _, one := range payments {
		out.Payments = append(out.Payments, paymentProto(one, refunds[one.ID]))
	}
	out.AllowedActions, _ = s.holders.Of(holder, holding{p, d})
	parts, err := giftParts(p, d)
	if err != nil {
		return nil, err
	}
	out.Funds, err = s.progressOf(ctx, p.Funds(), parts)
	return out, err
}

// newest is the first of a gift's payments, the zero donation where there is none.
func newest(payments []donation.Donation) donation.Donation {
	if len(payments) == 0 {
		return donation.Donation{}
	}
	return payments[0]
}

func paymentProto(d donation.Donation, last refund.State) *donationsv1.ReceiptPayment {
	out := &donationsv1.ReceiptPayment{
		Donation: resource.Donation.Of(d.ID), State: enum.Value[donationsv1.DonationState](d.State), Amount: rpc.MoneyOf(d.Charged),
		ReceivedOn: bookedOn(d), Refunded: amountsIn(d.Charged.Currency)(d.Refunded), Cleared: d.HasCleared,
	}
	if last != "" {
		out.RefundState = enum.Value[donationsv1.RefundState](last)
	}
	return out
}

// giftPart is one fund's part of a gift.
type giftPart struct {
	fund   string
	amount money.Amount
	// reserve and operations are its shares, of which the donor was told.
	reserve, operations int64
}

// giftParts are the parts as settled, or as pledged before that.
func giftParts(p pledge.Pledge, d donation.Donation) (parts []giftPart, err error) {
	if d.Settled == nil {
		for _, g := range p.Designations {
			_, reserve, operations, err := g.Shares()
			if err != nil {
				return nil, err
			}
			parts = append(parts, giftPart{g.Fund, money.Amount{MinorUnits: g.Amount, Currency: p.Amount.Currency}, reserve, operations})
		}
		return parts, nil
	}
	for _, part := range d.Parts {
		if part.Fund != "" {
			parts = append(parts, giftPart{part.Fund, money.Amount{MinorUnits: part.Amount, Currency: d.Settled.Gross.Currency}, part.Reserve, part.Operations})
		}
	}
	return parts, nil
}
