package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CallDestination shows the caller how to reach a family; the store records it first.
func (s *Server) CallDestination(ctx context.Context, req *familiesv1.CallDestinationRequest) (*familiesv1.CallDestinationResponse, error) {
	familyID, id, err := resource.Destination.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.standIn(ctx, familyID, "destination"); err != nil {
		return nil, err
	}
	call, err := s.Households.CallDestination(ctx, person(ctx), familyID, id)
	if err != nil {
		return nil, err
	}
	return &familiesv1.CallDestinationResponse{Contacts: channels(familyID, call.Known), ConfirmBefore: rpc.Moment(call.Until)}, nil
}

// CallContact shows the caller a channel, and those over which a family was reached before.
func (s *Server) CallContact(ctx context.Context, req *familiesv1.CallContactRequest) (*familiesv1.CallContactResponse, error) {
	familyID, id, err := resource.Contact.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.standInContact(ctx, familyID, id); err != nil {
		return nil, err
	}
	call, err := s.Households.CallContact(ctx, person(ctx), familyID, id)
	if err != nil {
		return nil, err
	}
	contact, err := s.oneContact(ctx, familyID, call.Contact)
	if err != nil {
		return nil, err
	}
	return &familiesv1.CallContactResponse{
		Contact: openContact(contact, call.Contact), KnownContacts: channels(familyID, call.Known), ConfirmBefore: rpc.Moment(call.Until),
	}, nil
}

// standInContact is standIn for a channel, which may have had its first confirmer.
func (s *Server) standInContact(ctx context.Context, familyID, id string) error {
	if !onlyOfficer(ctx) {
		return nil
	}
	c, err := s.Households.Contact(ctx, familyID, id)
	if err != nil {
		return err
	}
	return s.standIn(ctx, familyID, "contact", c.First.Person)
}

// channels writes channels over which a family may be called.
func channels(familyID string, known []family.Contact) (list []*familiesv1.Contact) {
	for _, c := range known {
		list = append(list, openContact(&familiesv1.Contact{Name: resource.Contact.Of(familyID, c.ID), CreateTime: rpc.Moment(c.CreatedAt)}, c))
	}
	return list
}
