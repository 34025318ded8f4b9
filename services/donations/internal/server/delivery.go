package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// deliveryNamed reads the name of a message that the caller reaches.
func (s *Server) deliveryNamed(ctx context.Context, name string) (partnerID, id string, err error) {
	partnerID, id, err = resource.WebhookDelivery.IDs("name", name)
	if scope := scopeOf(ctx); err == nil && scope != store.Everything && scope != store.Scope(partnerID) {
		err = fault.Missing("message")
	}
	return partnerID, id, err
}

// GetWebhookDelivery returns a message.
func (s *Server) GetWebhookDelivery(ctx context.Context, req *donationsv1.GetWebhookDeliveryRequest) (*donationsv1.WebhookDelivery, error) {
	partnerID, id, err := s.deliveryNamed(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.Store.Delivery(ctx, partnerID, id)
	if err != nil {
		return nil, err
	}
	return s.deliveryProto(ctx, d), nil
}

// ListWebhookDeliveries lists messages.
func (s *Server) ListWebhookDeliveries(ctx context.Context, req *donationsv1.ListWebhookDeliveriesRequest) (*donationsv1.ListWebhookDeliveriesResponse, error) {
	id, err := s.listedPartner(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]notice.Delivery, error) {
		return s.Store.Deliveries(ctx, scopeOf(ctx), id, s.acts.deliveries.Page(identity.From(ctx), p))
	}, func(r notice.Delivery) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	var list []*donationsv1.WebhookDelivery
	for _, row := range rows {
		list = append(list, s.deliveryProto(ctx, row))
	}
	return &donationsv1.ListWebhookDeliveriesResponse{WebhookDeliveries: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// RedeliverWebhook sends a message again.
func (s *Server) RedeliverWebhook(ctx context.Context, req *donationsv1.RedeliverWebhookRequest) (*donationsv1.WebhookDelivery, error) {
	partnerID, id, err := s.deliveryNamed(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.Store.SendAgain(ctx, partnerID, id)
	if err != nil {
		return nil, err
	}
	return s.deliveryProto(ctx, d), nil
}

func (s *Server) deliveryProto(ctx context.Context, d notice.Delivery) *donationsv1.WebhookDelivery {
	out := &donationsv1.WebhookDelivery{
		Name: resource.WebhookDelivery.Of(d.Partner, d.ID), Endpoint: resource.WebhookEndpoint.Of(d.Partner, d.Endpoint),
		Type: d.Type(), Resource: d.Name(), ResourceState: d.Change.State, State: enum.Value[donationsv1.WebhookDeliveryState](d.State),
		Attempts: int32(d.Attempts), ResponseStatus: int32(d.Status), //nolint:gosec // bounded by the table
		Failure: enum.Value[donationsv1.WebhookFailure](d.Failure), CreateTime: rpc.Moment(d.CreatedAt),
	}
	if d.TriedAt != nil {
		out.LastAttemptTime = rpc.Moment(*d.TriedAt)
	}
	if d.NextAt != nil {
		out.NextAttemptTime = rpc.Moment(*d.NextAt)
	}
	out.AllowedActions, out.BlockedActions = s.acts.deliveries.Of(identity.From(ctx), d)
	return out
}
