package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
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
	in, err := s.cases(ctx, familyID)
	if err != nil {
		return nil, err
	}
	out := &familiesv1.UnsealedFamily{
		Name: req.GetName(), Prisoner: resource.Prisoner.Of(u.PrisonerID), CountryCode: u.Country,
	}
	for _, m := range u.Members {
		out.Members = append(out.Members, openMember(familyID, m))
	}
	for _, c := range u.Contacts {
		out.Contacts = append(out.Contacts, openContact(s.contactProto(ctx, familyID, c, in[familyID]), c))
	}
	for _, d := range u.Destinations {
		out.Destinations = append(out.Destinations, opened(s.destinationProto(ctx, familyID, d, in[familyID]), d.Details))
	}
	return out, nil
}

// openMember writes a member in full.
func openMember(familyID string, m family.Member) *familiesv1.Member {
	out := memberProto(familyID, m)
	out.FullName, out.BirthYear = m.FullName, int32(m.BirthYear)
	out.Relationship = enum.Value[familiesv1.Relationship](m.Relationship)
	return out
}

// openContact adds to a contact what is sealed of it.
func openContact(out *familiesv1.Contact, c family.Contact) *familiesv1.Contact {
	out.Channel, out.Address, out.Language = enum.Value[familiesv1.ContactChannel](c.Channel), c.Address, c.Language
	out.SafeWording, out.SafeHours, out.DoNotContact = c.SafeWording, c.SafeHours, c.DoNotContact
	return out
}
