package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// defaultPurpose is taken for a read of versions where none is given.
const defaultPurpose = "CORRECTION"

// ListVersions lists what was entered, version by version; the store records the read
// first.
func (s *Server) ListVersions(ctx context.Context, req *familiesv1.ListVersionsRequest) (*familiesv1.ListVersionsResponse, error) {
	purpose, err := enum.OptionalWord("purpose", req.GetPurpose())
	if err != nil {
		return nil, err
	}
	if purpose == "" {
		purpose = defaultPurpose
	}
	for _, kind := range s.versioned(ctx) {
		if familyID, id, ok := kind.ids(req.GetParent()); ok {
			rows, next, err := kind.list(req, household.History{Person: person(ctx), Purpose: purpose, FamilyID: familyID, ID: id, What: kind.what})
			return &familiesv1.ListVersionsResponse{Versions: rows, NextPageToken: next}, err
		}
	}
	return nil, fault.Field("parent", fault.FieldMalformed, "must name a family, or a member, contact, consent or aid request of it")
}

// versioned is one kind of what has versions.
type versioned struct {
	what string
	ids  func(name string) (familyID, id string, ok bool)
	list func(req *familiesv1.ListVersionsRequest, h household.History) ([]*familiesv1.Version, string, error)
}

// versioned are all kinds.
func (s *Server) versioned(ctx context.Context) []versioned {
	return []versioned{
		{"family", familyIDs, versions(ctx, s, func(out *familiesv1.Version, h household.History, r household.Registration) {
			out.Content = &familiesv1.Version_Family{Family: &familiesv1.Family{
				Name: resource.Family.Of(h.FamilyID), Prisoner: resource.Prisoner.Of(r.PrisonerID), CountryCode: r.Country,
			}}
		})},
		{"member", childIDs(resource.Member), versions(ctx, s, func(out *familiesv1.Version, h household.History, m family.Member) {
			m.ID = h.ID
			member := openMember(h.FamilyID, m)
			member.Etag = ""
			out.Content = &familiesv1.Version_Member{Member: member}
		})},
		{"contact", childIDs(resource.Contact), versions(ctx, s, func(out *familiesv1.Version, h household.History, c family.Contact) {
			contact := &familiesv1.Contact{Name: resource.Contact.Of(h.FamilyID, h.ID)}
			out.Content = &familiesv1.Version_Contact{Contact: openContact(contact, c)}
		})},
		{"consent", childIDs(resource.Consent), versions(ctx, s, func(out *familiesv1.Version, h household.History, c family.Consent) {
			c.ID = h.ID
			consent := consentProto(h.FamilyID, c)
			consent.Etag = ""
			out.Content = &familiesv1.Version_Consent{Consent: consent}
		})},
		{"aid request", childIDs(resource.AidRequest), versions(ctx, s, func(out *familiesv1.Version, _ household.History, r aidrequest.Request) {
			request := requestProto(r)
			request.Etag = ""
			out.Content = &familiesv1.Version_AidRequest{AidRequest: request}
		})},
	}
}

// versions lists the versions of one kind; show writes what was entered.
func versions[T any](ctx context.Context, s *Server, show func(out *familiesv1.Version, h household.History, content T)) func(*familiesv1.ListVersionsRequest, household.History) ([]*familiesv1.Version, string, error) {
	return func(req *familiesv1.ListVersionsRequest, h household.History) ([]*familiesv1.Version, string, error) {
		rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]household.Version[T], error) {
			return household.Versions[T](ctx, s.Households, h, p)
		}, func(v household.Version[T]) []string { return page.Numbered(v.Number) })
		var list []*familiesv1.Version
		for _, v := range rows {
			out := &familiesv1.Version{
				Number: int32(v.Number), Writer: v.Writer, Reason: enum.Value[familiesv1.ChangeReason](v.Reason), CreateTime: rpc.Moment(v.EnteredOn),
			}
			show(out, h, v.Content)
			list = append(list, out)
		}
		return list, next, err
	}
}

// familyIDs are the ids of a family's own versions.
func familyIDs(name string) (familyID, id string, ok bool) {
	id, err := resource.Family.ID("parent", name)
	return id, id, err == nil
}

// childIDs are the ids of the versions of what belongs to a family.
func childIDs(kind resource.ChildName) func(name string) (familyID, id string, ok bool) {
	return func(name string) (familyID, id string, ok bool) {
		familyID, id, err := kind.IDs("parent", name)
		return familyID, id, err == nil
	}
}
