package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// listRequest is what the list calls of a family have in common.
type listRequest interface {
	page.Request
	GetParent() string
}

// belonging is how one kind of belongings is listed.
type belonging[T, P any] struct {
	read func(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]household.Belonging[T], error)
	show func(familyID string, one T, in caseOf) P
	keys func(one T) []string
}

// list answers one page of what belongs to a family, or to all that a scope reaches.
func list[T, P any](ctx context.Context, s *Server, scope family.Scope, req listRequest, b belonging[T, P]) ([]P, string, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, "", err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]household.Belonging[T], error) {
		return b.read(ctx, scope, familyID, p)
	}, func(row household.Belonging[T]) []string { return b.keys(row.One) })
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.FamilyID
	}
	in, err := s.cases(ctx, ids...)
	if err != nil {
		return nil, "", err
	}
	var out []P
	for _, row := range rows {
		out = append(out, b.show(row.FamilyID, row.One, in[row.FamilyID]))
	}
	return out, next, nil
}

// ListMembers lists members by pseudonym.
func (s *Server) ListMembers(ctx context.Context, req *familiesv1.ListMembersRequest) (*familiesv1.ListMembersResponse, error) {
	rows, next, err := list(ctx, s, ownCases(ctx), req, belonging[family.Member, *familiesv1.Member]{
		read: s.Households.Members, show: func(familyID string, m family.Member, _ caseOf) *familiesv1.Member {
			return memberProto(familyID, m)
		},
		keys: func(m family.Member) []string { return page.At(m.CreatedAt, m.ID) },
	})
	return &familiesv1.ListMembersResponse{Members: rows, NextPageToken: next}, err
}

// ListContacts lists channels with their states.
func (s *Server) ListContacts(ctx context.Context, req *familiesv1.ListContactsRequest) (*familiesv1.ListContactsResponse, error) {
	rows, next, err := list(ctx, s, requestScope(ctx), req, belonging[family.Contact, *familiesv1.Contact]{
		read: func(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]household.Belonging[family.Contact], error) {
			return s.Households.Contacts(ctx, scope, familyID, s.acts.contacts.Page(identity.From(ctx), p))
		},
		show: func(familyID string, c family.Contact, in caseOf) *familiesv1.Contact {
			return s.contactProto(ctx, familyID, c, in)
		},
		keys: func(c family.Contact) []string { return page.At(c.CreatedAt, c.ID) },
	})
	return &familiesv1.ListContactsResponse{Contacts: action.Mine(req.GetFilter(), rows), NextPageToken: next}, err
}

// ListConsents lists consents.
func (s *Server) ListConsents(ctx context.Context, req *familiesv1.ListConsentsRequest) (*familiesv1.ListConsentsResponse, error) {
	var seen []seenConsent
	rows, next, err := list(ctx, s, ownCases(ctx), req, belonging[family.Consent, *familiesv1.Consent]{
		read: func(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]household.Belonging[family.Consent], error) {
			return s.Households.Consents(ctx, scope, familyID, s.acts.consents.Page(identity.From(ctx), p))
		},
		show: func(familyID string, c family.Consent, _ caseOf) *familiesv1.Consent {
			seen = append(seen, seenConsent{Consent: c, of: family.Family{ID: familyID}})
			return consentProto(familyID, c)
		},
		keys: func(c family.Consent) []string { return page.At(c.CreatedAt, c.ID) },
	})
	if err != nil {
		return nil, err
	}
	if err := s.tellConsents(ctx, rows, seen); err != nil {
		return nil, err
	}
	return &familiesv1.ListConsentsResponse{Consents: action.Mine(req.GetFilter(), rows), NextPageToken: next}, nil
}

// ListDestinations lists destinations with their states.
func (s *Server) ListDestinations(ctx context.Context, req *familiesv1.ListDestinationsRequest) (*familiesv1.ListDestinationsResponse, error) {
	rows, next, err := list(ctx, s, requestScope(ctx), req, belonging[destination.Destination, *familiesv1.Destination]{
		read: func(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]household.Belonging[destination.Destination], error) {
			return s.Households.Destinations(ctx, scope, familyID, s.acts.destinations.Page(identity.From(ctx), p))
		},
		show: func(familyID string, d destination.Destination, in caseOf) *familiesv1.Destination {
			return s.destinationProto(ctx, familyID, d, in)
		},
		keys: func(d destination.Destination) []string { return page.At(d.CreatedAt, d.ID) },
	})
	return &familiesv1.ListDestinationsResponse{Destinations: action.Mine(req.GetFilter(), rows), NextPageToken: next}, err
}

func memberProto(familyID string, m family.Member) *familiesv1.Member {
	return &familiesv1.Member{
		Name: resource.Member.Of(familyID, m.ID), CreateTime: rpc.Moment(m.CreatedAt), Etag: revision.Etag(int64(m.Version)),
	}
}

// oneContact writes a channel that stands by itself.
func (s *Server) oneContact(ctx context.Context, familyID string, c family.Contact) (*familiesv1.Contact, error) {
	in, err := s.cases(ctx, familyID)
	if err != nil {
		return nil, err
	}
	return s.contactProto(ctx, familyID, c, in[familyID]), nil
}

func (s *Server) contactProto(ctx context.Context, familyID string, c family.Contact, in caseOf) *familiesv1.Contact {
	allowed, blocked := s.acts.contacts.Of(identity.From(ctx), seenSecond{
		Second: c.Second, in: in, id: c.ID, version: c.Version, first: c.First.Person,
	})
	return &familiesv1.Contact{
		AllowedActions: allowed, BlockedActions: blocked,
		Name:    resource.Contact.Of(familyID, c.ID),
		State:   enum.Value[familiesv1.ContactState](c.Second.State),
		Enterer: c.Second.Enterer, Confirmer: c.Second.Confirmer, CreateTime: rpc.Moment(c.CreatedAt),
		Etag: revision.Etag(int64(c.Version)), FirstConfirmer: c.First.Person, FirstConfirmTime: rpc.Moment(c.First.On),
	}
}

// tellConsents adds to consents what the caller could do with each of them.
func (s *Server) tellConsents(ctx context.Context, protos []*familiesv1.Consent, seen []seenConsent) error {
	ids := make([]string, len(seen))
	for i, c := range seen {
		ids[i] = c.of.ID
	}
	standings, err := s.Households.Standings(ctx, ids...)
	if err != nil {
		return err
	}
	for i, c := range seen {
		c.of.Owner, c.of.Deputy = standings[c.of.ID].Owner, standings[c.of.ID].Deputy
		protos[i].AllowedActions, protos[i].BlockedActions = s.acts.consents.Of(identity.From(ctx), c)
	}
	return nil
}

// ownConsent writes a consent of the caller's own case, with what they could do with it.
func (s *Server) ownConsent(ctx context.Context, familyID string, c family.Consent) *familiesv1.Consent {
	m := consentProto(familyID, c)
	m.AllowedActions, m.BlockedActions = s.acts.consents.Of(identity.From(ctx), seenConsent{Consent: c, of: family.Family{Owner: person(ctx)}})
	return m
}

func consentProto(familyID string, c family.Consent) *familiesv1.Consent {
	return &familiesv1.Consent{
		Name:    resource.Consent.Of(familyID, c.ID),
		Purpose: enum.Value[familiesv1.ConsentPurpose](c.Purpose),
		GivenOn: rpc.Day(c.GivenOn), ExpiresOn: rpc.Day(c.ExpiresOn), WithdrawnOn: rpc.Day(c.WithdrawnOn),
		CreateTime: rpc.Moment(c.CreatedAt), Etag: revision.Etag(int64(c.Version)),
	}
}
