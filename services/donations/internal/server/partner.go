package server

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreatePartner creates a partner with its first two keys.
func (s *Server) CreatePartner(ctx context.Context, req *donationsv1.CreatePartnerRequest) (*donationsv1.Partner, error) {
	in := req.GetPartner()
	p, err := partner.New(in.GetDisplayName(), in.GetOrigins(), in.GetReturnUrls(), s.now())
	if err != nil {
		return nil, err
	}
	publishable, pk, err := partner.NewKey(p.ID, partner.Publishable, s.Mode, p.CreatedAt)
	if err != nil {
		return nil, err
	}
	secret, sk, err := partner.NewKey(p.ID, partner.Secret, s.Mode, p.CreatedAt)
	if err != nil {
		return nil, err
	}
	if p, err = s.Store.CreatePartner(ctx, p, publishable, secret); err != nil {
		return nil, err
	}
	out := s.partnerProto(ctx, p, partner.Stop{})
	if out.SecretExpired = idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.PublishableKey, out.SecretKey = pk, sk
	}
	return out, nil
}

// UpdatePartner changes a partner.
func (s *Server) UpdatePartner(ctx context.Context, req *donationsv1.UpdatePartnerRequest) (*donationsv1.Partner, error) {
	id, err := s.reachedPartner(ctx, "partner.name", req.GetPartner().GetName())
	if err != nil {
		return nil, err
	}
	changeable := []protoreflect.Name{"origins", "return_urls"}
	if _, itself := caller(ctx); !itself {
		changeable = append(changeable, "display_name")
	}
	p, err := s.Store.UpdatePartner(ctx, id, func(now partner.Partner) (partner.Partner, error) {
		if err := revision.Check(ctx, req.GetPartner().GetEtag(), now.Version); err != nil {
			return now, err
		}
		then, err := revision.Merge(s.partnerProto(ctx, now, partner.Stop{}), req.GetPartner(), req.GetUpdateMask(), changeable...)
		if err != nil {
			return now, err
		}
		return now.Changed(then.GetDisplayName(), then.GetOrigins(), then.GetReturnUrls())
	})
	if err != nil {
		return nil, err
	}
	return s.withStop(ctx, p)
}

// GetPartner returns a partner.
func (s *Server) GetPartner(ctx context.Context, req *donationsv1.GetPartnerRequest) (*donationsv1.Partner, error) {
	id, err := s.reachedPartner(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Partner(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.withStop(ctx, p)
}

// reachedPartner reads the name of a partner that the caller reaches: another's is answered
// like one that is not there.
func (s *Server) reachedPartner(ctx context.Context, field, name string) (string, error) {
	id, err := resource.Partner.ID(field, name)
	if scope := scopeOf(ctx); err == nil && scope != store.Everything && scope != store.Scope(id) {
		err = fault.Missing("partner")
	}
	return id, err
}

// ListPartners lists partners.
func (s *Server) ListPartners(ctx context.Context, req *donationsv1.ListPartnersRequest) (*donationsv1.ListPartnersResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]partner.Partner, error) {
		return s.Store.Partners(ctx, p)
	}, func(r partner.Partner) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListPartnersResponse{NextPageToken: next}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	stops, err := s.Store.Stops(ctx, ids...)
	for _, row := range rows {
		resp.Partners = append(resp.Partners, s.partnerProto(ctx, row, stops[row.ID]))
	}
	return resp, err
}

// StopPartner takes no new pledges of a partner.
func (s *Server) StopPartner(ctx context.Context, req *donationsv1.StopPartnerRequest) (*donationsv1.Partner, error) {
	return s.decideStop(ctx, req.GetName(), partner.Halt)
}

// ProposeLiftPartnerStop proposes that it may start pledges again.
func (s *Server) ProposeLiftPartnerStop(ctx context.Context, req *donationsv1.ProposeLiftPartnerStopRequest) (*donationsv1.Partner, error) {
	return s.decideStop(ctx, req.GetName(), partner.ProposeLift)
}

// ConfirmLiftPartnerStop lets it.
func (s *Server) ConfirmLiftPartnerStop(ctx context.Context, req *donationsv1.ConfirmLiftPartnerStopRequest) (*donationsv1.Partner, error) {
	return s.decideStop(ctx, req.GetName(), partner.ConfirmLift)
}

func (s *Server) decideStop(ctx context.Context, name string, v partner.Verb) (*donationsv1.Partner, error) {
	id, err := resource.Partner.ID("name", name)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.DecideStop(ctx, id, v, identity.From(ctx).Person)
	if err != nil {
		return nil, err
	}
	return s.withStop(ctx, p)
}

// withStop is a partner with what keeps it from starting pledges.
func (s *Server) withStop(ctx context.Context, p partner.Partner) (*donationsv1.Partner, error) {
	stops, err := s.Store.Stops(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return s.partnerProto(ctx, p, stops[p.ID]), nil
}

func (s *Server) partnerProto(ctx context.Context, p partner.Partner, stop partner.Stop) *donationsv1.Partner {
	out := &donationsv1.Partner{
		Name: resource.Partner.Of(p.ID), DisplayName: p.DisplayName, Origins: p.Origins, ReturnUrls: p.ReturnURLs,
		CreateTime: rpc.Moment(p.CreatedAt), Etag: revision.Etag(p.Version), State: enum.Value[donationsv1.PartnerState](stop.State()),
	}
	if stop.State() != partner.Open {
		out.StopReason, out.StopTime = enum.Value[donationsv1.PartnerStopReason](stop.Reason), rpc.Moment(*stop.Since)
	}
	out.AllowedActions, out.BlockedActions = s.acts.partners.Of(identity.From(ctx), stop)
	return out
}
