package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
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
	pg, err := s.pager.Parse(req)
	if err != nil {
		return nil, err
	}
	filter, err := parseFilter(req)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Donations(ctx, scopeOf(ctx), filter, pg)
	if err != nil {
		return nil, err
	}
	out := &donationsv1.ListDonationsResponse{}
	list, more := onePage(list, pg.Size)
	for _, d := range list {
		out.Donations = append(out.Donations, donationProto(ctx, d))
	}
	if more {
		last := list[len(list)-1]
		out.NextPageToken = s.pager.Next(req, store.Position(last.CreatedAt, last.ID)...)
	}
	return out, nil
}
