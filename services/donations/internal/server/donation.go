package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

var _ donationsv1.DonationServiceServer = (*Donations)(nil)

// Donations serves DonationService.
type Donations struct {
	store *store.Store
	pager *page.Pager
}

// GetDonation returns a donation.
func (s *Donations) GetDonation(ctx context.Context, req *donationsv1.GetDonationRequest) (*donationsv1.Donation, error) {
	ids, err := resource.Match("donations/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.store.Donation(ctx, scopeOf(ctx), ids[0])
	if err != nil {
		return nil, err
	}
	return donationProto(ctx, d), nil
}

// ListDonations lists donations.
func (s *Donations) ListDonations(ctx context.Context, req *donationsv1.ListDonationsRequest) (*donationsv1.ListDonationsResponse, error) {
	narrow, err := donationFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]donation.Donation, error) {
		return s.store.Donations(ctx, scopeOf(ctx), narrow, p)
	}, func(r donation.Donation) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListDonationsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Donations = append(resp.Donations, donationProto(ctx, row))
	}
	return resp, nil
}
