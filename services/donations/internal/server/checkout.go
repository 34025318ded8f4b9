package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreateCheckout opens a further payment page of a pledge.
func (s *Server) CreateCheckout(ctx context.Context, req *donationsv1.CreateCheckoutRequest) (*donationsv1.Checkout, error) {
	id, err := resource.Pledge.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	p, fresh, err := s.Store.AddCheckout(ctx, scopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	if fresh {
		p, err = s.Pages.OpenClaimed(ctx, p)
	} else {
		p, err = s.openPage(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	if err := p.Checkout.CheckPayable(); err != nil {
		return nil, err
	}
	return checkoutProto(p), nil
}

// GetCheckout returns a payment page.
func (s *Server) GetCheckout(ctx context.Context, req *donationsv1.GetCheckoutRequest) (*donationsv1.Checkout, error) {
	pledgeID, id, err := resource.Checkout.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Checkout(ctx, scopeOf(ctx), pledgeID, id)
	if err != nil {
		return nil, err
	}
	return checkoutProto(p), nil
}

// ListCheckouts lists the payment pages of a pledge.
func (s *Server) ListCheckouts(ctx context.Context, req *donationsv1.ListCheckoutsRequest) (*donationsv1.ListCheckoutsResponse, error) {
	id, err := resource.Pledge.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if _, err := s.Store.Pledge(ctx, scopeOf(ctx), id); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]pledge.Pledge, error) {
		return s.Store.Checkouts(ctx, scopeOf(ctx), id, p)
	}, func(r pledge.Pledge) []string { return page.At(r.Checkout.CreatedAt, r.Checkout.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListCheckoutsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Checkouts = append(resp.Checkouts, checkoutProto(row))
	}
	return resp, nil
}

// checkoutProto writes a pledge's payment page.
func checkoutProto(p pledge.Pledge) *donationsv1.Checkout {
	c := p.Checkout
	out := &donationsv1.Checkout{
		Name: resource.Checkout.Of(p.ID, c.ID), State: enum.Value[donationsv1.CheckoutState](c.State), CreateTime: rpc.Moment(c.CreatedAt),
		CheckoutUrl: c.URL,
	}
	if !c.ExpiresAt.IsZero() {
		out.ExpireTime = rpc.Moment(c.ExpiresAt)
	}
	return out
}
