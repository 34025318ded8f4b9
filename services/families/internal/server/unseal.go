package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// UnsealFamily opens a family; the store records the read first.
func (s *Server) UnsealFamily(ctx context.Context, req *familiesv1.UnsealFamilyRequest) (*familiesv1.UnsealedFamily, error) {
	familyID, err := resource.Family.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	purpose, err := enum.RequiredWord("purpose", req.GetPurpose())
	if err != nil {
		return nil, err
	}
	u, err := s.Households.Unseal(ctx, person(ctx), familyID, purpose)
	if err != nil {
		return nil, err
	}
	insiders, err := s.Households.Insiders(ctx, familyID)
	if err != nil {
		return nil, err
	}
	out := &familiesv1.UnsealedFamily{
		Name: req.GetName(), Prisoner: resource.Prisoner.Of(u.PrisonerID), CountryCode: u.Country,
	}
	for _, m := range u.Members {
		one := memberProto(familyID, m)
		one.FullName, one.BirthYear = m.FullName, int32(m.BirthYear)
		one.Relationship = enum.Value[familiesv1.Relationship](m.Relationship)
		out.Members = append(out.Members, one)
	}
	for _, c := range u.Contacts {
		one := s.contactProto(ctx, familyID, c, insiders[familyID])
		one.Channel, one.Address, one.Language = enum.Value[familiesv1.ContactChannel](c.Channel), c.Address, c.Language
		one.SafeWording, one.SafeHours, one.DoNotContact = c.SafeWording, c.SafeHours, c.DoNotContact
		out.Contacts = append(out.Contacts, one)
	}
	for _, d := range u.Destinations {
		out.Destinations = append(out.Destinations, opened(s.destinationProto(ctx, familyID, d, insiders[familyID]), d.Details))
	}
	return out, nil
}
