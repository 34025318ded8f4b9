package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/payout"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetStripePayout returns a payout.
func (s *Server) GetStripePayout(ctx context.Context, req *donationsv1.GetStripePayoutRequest) (*donationsv1.StripePayout, error) {
	id, err := resource.StripePayout.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Payout(ctx, id)
	if err != nil {
		return nil, err
	}
	return payoutProto(p), nil
}

// ListStripePayouts lists payouts.
func (s *Server) ListStripePayouts(ctx context.Context, req *donationsv1.ListStripePayoutsRequest) (*donationsv1.ListStripePayoutsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]payout.Payout, error) {
		return s.Store.Payouts(ctx, p)
	}, func(p payout.Payout) []string { return page.At(p.CreatedAt, p.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListStripePayoutsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.StripePayouts = append(resp.StripePayouts, payoutProto(row))
	}
	return resp, nil
}

// ListStripePayoutLines lists what payouts consist of.
func (s *Server) ListStripePayoutLines(ctx context.Context, req *donationsv1.ListStripePayoutLinesRequest) (*donationsv1.ListStripePayoutLinesResponse, error) {
	id, err := resource.StripePayout.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if _, err := s.Store.Payout(ctx, id); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.Line, error) {
		return s.Store.Lines(ctx, id, p)
	}, func(l store.Line) []string { return []string{l.ID} })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListStripePayoutLinesResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Lines = append(resp.Lines, lineProto(row))
	}
	return resp, nil
}

// ClosePayout closes a payout by a line of a bank statement.
func (s *Server) ClosePayout(ctx context.Context, req *donationsv1.ClosePayoutRequest) (*donationsv1.ClosePayoutResponse, error) {
	amount, err := rpc.Money("amount", req.GetAmount())
	if err != nil {
		return nil, err
	}
	day, err := rpc.ParseDay("day", req.GetDay())
	if err != nil {
		return nil, err
	}
	for field, id := range map[string]string{"line": req.GetLine(), "bank": req.GetBank()} {
		if !account.Segment(id) && field == "bank" || id == "" {
			return nil, fault.Field(field, fault.FieldMalformed, "is not an id")
		}
	}
	id, err := s.Store.ClosePayout(ctx, req.GetLine(), req.GetBank(), amount, day)
	if err != nil {
		return nil, err
	}
	return &donationsv1.ClosePayoutResponse{Payout: resource.StripePayout.Of(id)}, nil
}

func payoutProto(p payout.Payout) *donationsv1.StripePayout {
	out := &donationsv1.StripePayout{
		Name: resource.StripePayout.Of(p.ID), State: enum.Value[donationsv1.StripePayoutState](p.State), Amount: rpc.MoneyOf(p.Amount),
		CreatedOn: rpc.Day(p.CreatedOn), ExpectedOn: rpc.Day(p.ExpectedOn), ArrivedOn: dayIfAny(p.ArrivedOn), Reconciled: p.Reconciled,
		CreateTime: rpc.Moment(p.CreatedAt),
	}
	some := func(minor int64) *typev1.Money {
		return &typev1.Money{MinorUnits: minor, CurrencyCode: p.Amount.Currency}
	}
	for _, t := range p.Totals {
		out.Totals = append(out.Totals, &donationsv1.StripePayoutTotal{
			Category: t.Category, Lines: t.Lines, Gross: some(t.Gross), Fee: some(t.Fee), Net: some(t.Net),
		})
	}
	return out
}

func lineProto(l store.Line) *donationsv1.StripePayoutLine {
	return &donationsv1.StripePayoutLine{
		Name: resource.StripePayoutLine.Of(l.Payout, l.ID), Category: l.Category, Gross: rpc.MoneyOf(l.Gross), Fee: rpc.MoneyOf(l.Fee),
		Net: rpc.MoneyOf(l.Net), Source: l.Subject.Name(), OccurredOn: rpc.Day(l.OccurredAt),
	}
}
