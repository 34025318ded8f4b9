package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GetDonation returns a donation.
func (s *Server) GetDonation(ctx context.Context, req *donationsv1.GetDonationRequest) (*donationsv1.Donation, error) {
	id, err := resource.Donation.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.Store.Donation(ctx, scopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return s.donationProto(ctx, d), nil
}

// ListDonations lists donations.
func (s *Server) ListDonations(ctx context.Context, req *donationsv1.ListDonationsRequest) (*donationsv1.ListDonationsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]donation.Donation, error) {
		return s.Store.Donations(ctx, scopeOf(ctx), s.acts.donations.Page(identity.From(ctx), p))
	}, func(r donation.Donation) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	var list []*donationsv1.Donation
	for _, row := range rows {
		list = append(list, s.donationProto(ctx, row))
	}
	return &donationsv1.ListDonationsResponse{Donations: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}
