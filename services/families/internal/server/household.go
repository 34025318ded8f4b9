package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// CreateMember adds a member.
func (s *Server) CreateMember(ctx context.Context, req *familiesv1.CreateMemberRequest) (*familiesv1.Member, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	in := req.GetMember()
	relationship, err := enum.RequiredWord("relationship", in.GetRelationship())
	if err != nil {
		return nil, err
	}
	m := family.Member{FullName: in.GetFullName(), Relationship: relationship, BirthYear: int(in.GetBirthYear())}
	if err := m.Check(s.Now()); err != nil {
		return nil, err
	}
	if m, err = s.Households.AddMember(ctx, ownCases(ctx), familyID, m); err != nil {
		return nil, err
	}
	return memberProto(familyID, m), nil
}

// CreateContact adds a channel.
func (s *Server) CreateContact(ctx context.Context, req *familiesv1.CreateContactRequest) (*familiesv1.Contact, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	in := req.GetContact()
	channel, err := enum.RequiredWord("channel", in.GetChannel())
	if err != nil {
		return nil, err
	}
	c := family.Contact{
		Channel: channel, Address: in.GetAddress(), Language: in.GetLanguage(),
		SafeWording: in.GetSafeWording(), SafeHours: in.GetSafeHours(), DoNotContact: in.GetDoNotContact(),
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c, err = s.Households.AddContact(ctx, ownCases(ctx), familyID, c); err != nil {
		return nil, err
	}
	return s.oneContact(ctx, familyID, c)
}

// ConfirmContact confirms a channel.
func (s *Server) ConfirmContact(ctx context.Context, req *familiesv1.ConfirmContactRequest) (*familiesv1.Contact, error) {
	familyID, id, err := resource.Contact.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := stated(req.GetSpokenWithFamily()); err != nil {
		return nil, err
	}
	c, err := s.Households.ConfirmContact(ctx, person(ctx), familyID, id)
	if err != nil {
		return nil, err
	}
	return s.oneContact(ctx, familyID, c)
}

// stated refuses a confirmation without its statement.
func stated(spoken bool) error {
	if !spoken {
		return fault.Field("spokenWithFamily", fault.FieldRequired, "must be true: the confirmer has spoken with the family")
	}
	return nil
}

// CreateConsent records what a family agreed to.
func (s *Server) CreateConsent(ctx context.Context, req *familiesv1.CreateConsentRequest) (*familiesv1.Consent, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	purpose, err := enum.RequiredWord("purpose", req.GetConsent().GetPurpose())
	if err != nil {
		return nil, err
	}
	c, err := family.NewConsent(purpose, req.GetConsent().GetGivenOn(), req.GetConsent().GetExpiresOn(), s.Now())
	if err != nil {
		return nil, err
	}
	if c, err = s.Households.AddConsent(ctx, ownCases(ctx), familyID, c); err != nil {
		return nil, err
	}
	return s.ownConsent(ctx, familyID, c), nil
}

// WithdrawConsent ends a consent today.
func (s *Server) WithdrawConsent(ctx context.Context, req *familiesv1.WithdrawConsentRequest) (*familiesv1.Consent, error) {
	familyID, id, err := resource.Consent.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	c, err := s.Households.WithdrawConsent(ctx, ownCases(ctx), familyID, id)
	if err != nil {
		return nil, err
	}
	return s.ownConsent(ctx, familyID, c), nil
}
