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
	m, err := s.newMember(req.GetMember())
	if err != nil {
		return nil, err
	}
	if m, err = s.Households.AddMember(ctx, ownCases(ctx), familyID, m); err != nil {
		return nil, err
	}
	return memberProto(familyID, m), nil
}

// newMember checks what is entered of a member.
func (s *Server) newMember(in *familiesv1.Member) (family.Member, error) {
	relationship, err := enum.RequiredWord("relationship", in.GetRelationship())
	if err != nil {
		return family.Member{}, err
	}
	m := family.Member{FullName: in.GetFullName(), Relationship: relationship, BirthYear: int(in.GetBirthYear())}
	return m, m.Check(s.Now())
}

// CreateContact adds a channel.
func (s *Server) CreateContact(ctx context.Context, req *familiesv1.CreateContactRequest) (*familiesv1.Contact, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	c, err := newContact(req.GetContact())
	if err != nil {
		return nil, err
	}
	if c, err = s.Households.AddContact(ctx, ownCases(ctx), familyID, c); err != nil {
		return nil, err
	}
	return s.oneContact(ctx, familyID, c)
}

// newContact checks what is entered of a channel.
func newContact(in *familiesv1.Contact) (family.Contact, error) {
	channel, err := enum.RequiredWord("channel", in.GetChannel())
	if err != nil {
		return family.Contact{}, err
	}
	c := family.Contact{
		Channel: channel, Address: in.GetAddress(), Language: in.GetLanguage(),
		SafeWording: in.GetSafeWording(), SafeHours: in.GetSafeHours(), DoNotContact: in.GetDoNotContact(),
	}
	return c, c.Check()
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
	if err := s.standInContact(ctx, familyID, id); err != nil {
		return nil, err
	}
	c, err := s.Households.ConfirmContact(ctx, person(ctx), familyID, id, req.GetEtag(), family.Announcement{
		Announced: req.GetAnnouncedOnKnownChannel(), Dead: req.GetKnownChannelsDead(),
	})
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
	c, err := s.newConsent(req.GetConsent())
	if err != nil {
		return nil, err
	}
	if c, err = s.Households.AddConsent(ctx, ownCases(ctx), familyID, c); err != nil {
		return nil, err
	}
	return s.ownConsent(ctx, familyID, c), nil
}

// newConsent checks what is recorded of a consent.
func (s *Server) newConsent(in *familiesv1.Consent) (family.Consent, error) {
	purpose, err := enum.RequiredWord("purpose", in.GetPurpose())
	if err != nil {
		return family.Consent{}, err
	}
	return family.NewConsent(purpose, in.GetGivenOn(), in.GetExpiresOn(), s.Now())
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
