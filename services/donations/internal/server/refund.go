package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// originOf says in whose name a caller asks for refunds.
func originOf(c identity.Caller) refund.Origin {
	if c.Partner != "" {
		return refund.Partner
	}
	return refund.Staff
}

// RequestRefund asks for a refund.
func (s *Server) RequestRefund(ctx context.Context, req *donationsv1.RequestRefundRequest) (*donationsv1.Refund, error) {
	id, err := resource.Donation.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	amount, err := amountIfAny(req.GetAmount())
	if err != nil {
		return nil, err
	}
	p, err := s.policy(ctx)
	if err != nil {
		return nil, err
	}
	caller := identity.From(ctx)
	r, err := s.Store.RequestRefund(ctx, scopeOf(ctx), id, amount, originOf(caller), caller.Person, p.RefundsOfDay)
	if err != nil {
		return nil, err
	}
	return refundProto(r), nil
}

// amountIfAny reads an amount that may be left out.
func amountIfAny(m *typev1.Money) (*money.Amount, error) {
	if m == nil {
		return nil, nil //nolint:nilnil // all that is left
	}
	a, err := rpc.Money("amount", m)
	return &a, err
}

// ApproveRefund decides that a refund is made.
func (s *Server) ApproveRefund(ctx context.Context, req *donationsv1.ApproveRefundRequest) (*donationsv1.Refund, error) {
	return s.decideRefund(ctx, req.GetName(), req.GetRefund(), refund.Approve)
}

// RejectRefund decides that it is not.
func (s *Server) RejectRefund(ctx context.Context, req *donationsv1.RejectRefundRequest) (*donationsv1.Refund, error) {
	return s.decideRefund(ctx, req.GetName(), req.GetRefund(), refund.Reject)
}

func (s *Server) decideRefund(ctx context.Context, name, refundName string, v refund.Verb) (*donationsv1.Refund, error) {
	id, err := resource.Donation.ID("name", name)
	if err != nil {
		return nil, err
	}
	of, refundID, err := resource.Refund.IDs("refund", refundName)
	switch {
	case err != nil:
		return nil, err
	case of != id:
		return nil, fault.Field("refund", fault.FieldNotPossible, "must be a refund of the donation")
	}
	r, err := s.Store.DecideRefund(ctx, id, refundID, v, identity.From(ctx).Person)
	if err != nil {
		return nil, err
	}
	return refundProto(r), nil
}

// GetRefund returns a refund.
func (s *Server) GetRefund(ctx context.Context, req *donationsv1.GetRefundRequest) (*donationsv1.Refund, error) {
	of, id, err := resource.Refund.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	r, err := s.Store.Refund(ctx, scopeOf(ctx), of, id)
	if err != nil {
		return nil, err
	}
	return refundProto(r), nil
}

// ListRefunds lists refunds.
func (s *Server) ListRefunds(ctx context.Context, req *donationsv1.ListRefundsRequest) (*donationsv1.ListRefundsResponse, error) {
	id, err := s.parentDonation(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]refund.Refund, error) {
		return s.Store.Refunds(ctx, scopeOf(ctx), id, p)
	}, func(r refund.Refund) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListRefundsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Refunds = append(resp.Refunds, refundProto(row))
	}
	return resp, nil
}

// parentDonation reads the name of a donation that the caller reaches, or of any.
func (s *Server) parentDonation(ctx context.Context, name string) (string, error) {
	id, err := resource.Donation.ID("parent", name)
	if err != nil || id == resource.Any {
		return id, err
	}
	_, err = s.Store.Donation(ctx, scopeOf(ctx), id)
	return id, err
}

// GetDispute returns a dispute.
func (s *Server) GetDispute(ctx context.Context, req *donationsv1.GetDisputeRequest) (*donationsv1.Dispute, error) {
	of, id, err := resource.Dispute.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	x, err := s.Store.Dispute(ctx, scopeOf(ctx), of, id)
	if err != nil {
		return nil, err
	}
	return disputeProto(x), nil
}

// ListDisputes lists disputes.
func (s *Server) ListDisputes(ctx context.Context, req *donationsv1.ListDisputesRequest) (*donationsv1.ListDisputesResponse, error) {
	id, err := s.parentDonation(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]dispute.Dispute, error) {
		return s.Store.Disputes(ctx, scopeOf(ctx), id, p)
	}, func(x dispute.Dispute) []string { return page.At(x.CreatedAt, x.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListDisputesResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Disputes = append(resp.Disputes, disputeProto(row))
	}
	return resp, nil
}

func refundProto(r refund.Refund) *donationsv1.Refund {
	return &donationsv1.Refund{
		Name: resource.Refund.Of(r.Donation, r.ID), State: enum.Value[donationsv1.RefundState](r.State), Amount: rpc.MoneyOf(r.Amount),
		Origin: enum.Value[donationsv1.RefundOrigin](r.Origin), Reason: r.Reason, CreateTime: rpc.Moment(r.CreatedAt),
	}
}

func disputeProto(x dispute.Dispute) *donationsv1.Dispute {
	return &donationsv1.Dispute{
		Name: resource.Dispute.Of(x.Donation, x.ID), State: enum.Value[donationsv1.DisputeState](x.State), Amount: rpc.MoneyOf(x.Amount),
		Withdrawn: x.Withdrawn, CreateTime: rpc.Moment(x.CreatedAt),
	}
}
