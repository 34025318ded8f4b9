package server

import (
	"context"
	"slices"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/bankgift"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/giftref"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetBankGift returns a gift by bank transfer.
func (s *Server) GetBankGift(ctx context.Context, req *donationsv1.GetBankGiftRequest) (*donationsv1.BankGift, error) {
	id, err := resource.BankGift.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	g, err := s.Store.BankGift(ctx, id)
	if err != nil {
		return nil, err
	}
	return bankGiftProto(g), nil
}

// ListBankGifts lists gifts by bank transfer.
func (s *Server) ListBankGifts(ctx context.Context, req *donationsv1.ListBankGiftsRequest) (*donationsv1.ListBankGiftsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]bankgift.Gift, error) {
		return s.Store.BankGifts(ctx, p)
	}, func(g bankgift.Gift) []string { return page.At(g.CreatedAt, g.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListBankGiftsResponse{NextPageToken: next}
	for _, g := range rows {
		resp.BankGifts = append(resp.BankGifts, bankGiftProto(g))
	}
	return resp, nil
}

// TakeBankGift takes a gift that a line of a bank statement brought.
func (s *Server) TakeBankGift(ctx context.Context, req *donationsv1.TakeBankGiftRequest) (*donationsv1.TakeBankGiftResponse, error) {
	g := bankgift.Gift{Line: req.GetLine(), Bank: req.GetBank()}
	var err error
	if g.Amount, err = rpc.Money("amount", req.GetAmount()); err != nil {
		return nil, err
	}
	if g.ReceivedOn, err = rpc.ParseDay("day", req.GetDay()); err != nil {
		return nil, err
	}
	switch {
	case !account.Segment(g.Bank):
		return nil, fault.Field("bank", fault.FieldMalformed, "is not an id")
	case g.Line == "":
		return nil, fault.Field("line", fault.FieldRequired, "is required")
	}
	funds, err := s.Store.FundIDs(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(funds, func(id string) bool { return giftref.Of(id) == req.GetReference() })
	if i < 0 {
		return nil, fault.New(fault.Precondition, fault.ReasonNoSuchFundReference, "No fund has the reference.")
	}
	g.Fund = funds[i]
	id, err := s.Store.TakeBankGift(ctx, g)
	if err != nil {
		return nil, err
	}
	return &donationsv1.TakeBankGiftResponse{BankGift: resource.BankGift.Of(id)}, nil
}

func bankGiftProto(g bankgift.Gift) *donationsv1.BankGift {
	return &donationsv1.BankGift{
		Name: resource.BankGift.Of(g.ID), State: enum.Value[donationsv1.BankGiftState](string(g.State)), Fund: resource.Fund.Of(g.Fund),
		Amount: rpc.MoneyOf(g.Amount), ReceivedOn: rpc.Day(g.ReceivedOn), ClearsOn: dayIfAny(g.ClearsAt), UnmatchedLine: resource.UnmatchedLine.Of(g.Line),
	}
}
