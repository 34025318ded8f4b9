package server

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// defaultReason is taken where none is given.
const defaultReason = "CORRECTED"

// changeRequest is what the calls that change something have in common.
type changeRequest interface {
	GetUpdateMask() *fieldmaskpb.FieldMask
	GetReason() familiesv1.ChangeReason
}

// why is the reason of a change.
func why(req changeRequest) (string, error) {
	word, err := enum.OptionalWord("reason", req.GetReason())
	if word == "" {
		word = defaultReason
	}
	return word, err
}

// changed makes of what is there, and of what is given, what shall be; version is of what
// is there.
func changed[M interface {
	proto.Message
	GetEtag() string
}](ctx context.Context, now, given M, version int64, req changeRequest, changeable ...protoreflect.Name) (M, error) {
	if err := revision.Check(ctx, given.GetEtag(), version); err != nil {
		return now, err
	}
	return revision.Merge(now, given, req.GetUpdateMask(), changeable...)
}

// UpdateMember changes a member.
func (s *Server) UpdateMember(ctx context.Context, req *familiesv1.UpdateMemberRequest) (*familiesv1.Member, error) {
	familyID, id, err := resource.Member.IDs("member.name", req.GetMember().GetName())
	if err != nil {
		return nil, err
	}
	reason, err := why(req)
	if err != nil {
		return nil, err
	}
	m, err := s.Households.ChangeMember(ctx, ownCases(ctx), familyID, id, reason, func(now family.Member) (family.Member, error) {
		then, err := changed(ctx, openMember(familyID, now), req.GetMember(), int64(now.Version), req, "full_name", "relationship", "birth_year")
		if err != nil {
			return now, err
		}
		shall, err := s.newMember(then)
		shall.ID, shall.CreatedAt = now.ID, now.CreatedAt
		return shall, err
	})
	if err != nil {
		return nil, err
	}
	return memberProto(familyID, m), nil
}

// UpdateContact changes a channel.
func (s *Server) UpdateContact(ctx context.Context, req *familiesv1.UpdateContactRequest) (*familiesv1.Contact, error) {
	familyID, id, err := resource.Contact.IDs("contact.name", req.GetContact().GetName())
	if err != nil {
		return nil, err
	}
	reason, err := why(req)
	if err != nil {
		return nil, err
	}
	c, err := s.Households.ChangeContact(ctx, ownCases(ctx), familyID, id, reason, func(now family.Contact) (family.Contact, error) {
		then, err := changed(ctx, openContact(s.contactProto(ctx, familyID, now, caseOf{}), now), req.GetContact(), int64(now.Version), req,
			"channel", "address", "language", "safe_wording", "safe_hours", "do_not_contact")
		if err != nil {
			return now, err
		}
		shall, err := newContact(then)
		shall.ID, shall.Second, shall.CreatedAt = now.ID, now.Second, now.CreatedAt
		return shall, err
	})
	if err != nil {
		return nil, err
	}
	return s.oneContact(ctx, familyID, c)
}

// UpdateConsent changes what a family agreed to.
func (s *Server) UpdateConsent(ctx context.Context, req *familiesv1.UpdateConsentRequest) (*familiesv1.Consent, error) {
	familyID, id, err := resource.Consent.IDs("consent.name", req.GetConsent().GetName())
	if err != nil {
		return nil, err
	}
	reason, err := why(req)
	if err != nil {
		return nil, err
	}
	c, err := s.Households.ChangeConsent(ctx, ownCases(ctx), familyID, id, reason, func(now family.Consent) (family.Consent, error) {
		then, err := changed(ctx, consentProto(familyID, now), req.GetConsent(), int64(now.Version), req, "purpose", "given_on", "expires_on")
		if err != nil {
			return now, err
		}
		return s.newConsent(then)
	})
	if err != nil {
		return nil, err
	}
	return s.ownConsent(ctx, familyID, c), nil
}

// UpdateAidRequest changes what is asked for.
func (s *Server) UpdateAidRequest(ctx context.Context, req *familiesv1.UpdateAidRequestRequest) (*familiesv1.AidRequest, error) {
	familyID, id, err := resource.AidRequest.IDs("aidRequest.name", req.GetAidRequest().GetName())
	if err != nil {
		return nil, err
	}
	reason, err := why(req)
	if err != nil {
		return nil, err
	}
	r, err := s.Households.ChangeAidRequest(ctx, ownCases(ctx), familyID, id, reason, func(now aidrequest.Request) (aidrequest.Request, error) {
		then, err := changed(ctx, requestProto(now), req.GetAidRequest(), int64(now.Version), req,
			"category", "amount", "minimum", "urgency", "cycles")
		if err != nil {
			return now, err
		}
		return newRequest(familyID, then)
	})
	if err != nil {
		return nil, err
	}
	return s.requestProto(ctx, r)
}

// UpdateFamily changes what was said of a family as a whole.
func (s *Server) UpdateFamily(ctx context.Context, req *familiesv1.UpdateFamilyRequest) (*familiesv1.Family, error) {
	id, err := resource.Family.ID("family.name", req.GetFamily().GetName())
	if err != nil {
		return nil, err
	}
	reason, err := why(req)
	if err != nil {
		return nil, err
	}
	f, err := s.Households.ChangeFamily(ctx, ownCases(ctx), id, reason, func(f family.Family, now household.Registration) (household.Registration, error) {
		open := openFamily(f, now)
		open.AlteredCodeRule = enum.Value[familiesv1.AlteredCodeRule](string(now.Rule))
		then, err := changed(ctx, open, req.GetFamily(), f.Revision(), req, "prisoner", "country_code", "altered_code_rule")
		if err != nil {
			return now, err
		}
		return newRegistration(now.Owner, then)
	})
	if err != nil {
		return nil, err
	}
	return s.familyProto(ctx, f)
}

// openFamily writes a family with what was said of it as a whole, but for the secret.
func openFamily(f family.Family, r household.Registration) *familiesv1.Family {
	out := familyProto(f)
	out.Prisoner, out.CountryCode = resource.Prisoner.Of(r.PrisonerID), r.Country
	return out
}

// newRegistration checks what is said of a family as a whole.
func newRegistration(owner string, f *familiesv1.Family) (household.Registration, error) {
	id, err := resource.Prisoner.ID("prisoner", f.GetPrisoner())
	if err != nil {
		return household.Registration{}, err
	}
	if err := family.CheckCountry("countryCode", f.GetCountryCode()); err != nil {
		return household.Registration{}, err
	}
	rule, err := enum.OptionalWord("alteredCodeRule", f.GetAlteredCodeRule())
	return household.Registration{Owner: owner, PrisonerID: id, Country: f.GetCountryCode(), Rule: confirmation.Rule(rule)}, err
}
