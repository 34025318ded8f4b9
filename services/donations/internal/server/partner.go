package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

var _ donationsv1.PartnerServiceServer = (*Partners)(nil)

// Partners serves PartnerService.
type Partners struct {
	store *store.Store
	pager *page.Pager
	mode  partner.Mode
	now   func() time.Time
}

// CreatePartner creates a partner with its first two keys.
func (s *Partners) CreatePartner(ctx context.Context, req *donationsv1.CreatePartnerRequest) (*donationsv1.Partner, error) {
	in := req.GetPartner()
	p, err := partner.New(in.GetDisplayName(), in.GetOrigins(), in.GetReturnUrls(), s.now().UTC())
	if err != nil {
		return nil, err
	}
	publishable, pk, err := partner.NewKey(p.ID, partner.Publishable, s.mode, p.CreatedAt)
	if err != nil {
		return nil, err
	}
	secret, sk, err := partner.NewKey(p.ID, partner.Secret, s.mode, p.CreatedAt)
	if err != nil {
		return nil, err
	}
	name, err := s.store.CreatePartner(ctx, p, publishable, secret)
	if err != nil {
		return nil, err
	}
	out, err := s.GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: name})
	if err != nil {
		return nil, err
	}
	if out.SecretExpired = idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.PublishableKey, out.SecretKey = pk, sk
	}
	return out, nil
}

// GetPartner returns a partner.
func (s *Partners) GetPartner(ctx context.Context, req *donationsv1.GetPartnerRequest) (*donationsv1.Partner, error) {
	ids, err := resource.Match("partners/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.store.Partner(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return partnerProto(p), nil
}

// ListPartners lists partners.
func (s *Partners) ListPartners(ctx context.Context, req *donationsv1.ListPartnersRequest) (*donationsv1.ListPartnersResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]partner.Partner, error) {
		return s.store.Partners(ctx, p)
	}, func(r partner.Partner) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListPartnersResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Partners = append(resp.Partners, partnerProto(row))
	}
	return resp, nil
}

func partnerProto(p partner.Partner) *donationsv1.Partner {
	return &donationsv1.Partner{
		Name: "partners/" + p.ID, DisplayName: p.DisplayName, Origins: p.Origins, ReturnUrls: p.ReturnURLs,
		CreateTime: timestamppb.New(p.CreatedAt),
	}
}
