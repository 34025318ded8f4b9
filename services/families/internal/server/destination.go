package server

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreateDestination adds a payout destination.
func (s *Server) CreateDestination(ctx context.Context, req *familiesv1.CreateDestinationRequest) (*familiesv1.Destination, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	details, err := destination.Check(detailsOf(req.GetDestination()))
	if err != nil {
		return nil, err
	}
	d, err := s.Households.AddDestination(ctx, ownCases(ctx), familyID, details)
	if err != nil {
		return nil, err
	}
	return s.oneDestination(ctx, familyID, d)
}

// ConfirmDestination confirms a payout destination.
func (s *Server) ConfirmDestination(ctx context.Context, req *familiesv1.ConfirmDestinationRequest) (*familiesv1.Destination, error) {
	familyID, id, err := resource.Destination.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := stated(req.GetSpokenWithFamily()); err != nil {
		return nil, err
	}
	anew, err := destination.Check(detailsOf(req))
	if err != nil {
		return nil, err
	}
	if err := s.standIn(ctx, familyID, "destination"); err != nil {
		return nil, err
	}
	d, err := s.Households.ConfirmDestination(ctx, person(ctx), familyID, id, anew)
	if err != nil {
		return nil, err
	}
	return s.oneDestination(ctx, familyID, d)
}

// oneDestination writes a destination that stands by itself.
func (s *Server) oneDestination(ctx context.Context, familyID string, d destination.Destination) (*familiesv1.Destination, error) {
	in, err := s.cases(ctx, familyID)
	if err != nil {
		return nil, err
	}
	return s.destinationProto(ctx, familyID, d, in[familyID]), nil
}

func (s *Server) destinationProto(ctx context.Context, familyID string, d destination.Destination, in caseOf) *familiesv1.Destination {
	second := family.Second{State: d.State, Enterer: d.Enterer, Confirmer: d.Confirmer}
	allowed, blocked := s.acts.destinations.Of(identity.From(ctx), seenSecond{Second: second, in: in, id: d.ID, version: d.Version})
	return &familiesv1.Destination{
		AllowedActions: allowed, BlockedActions: blocked,
		Name: resource.Destination.Of(familyID, d.ID), Form: enum.Value[familiesv1.DestinationForm](d.Form),
		State:   enum.Value[familiesv1.DestinationState](d.State),
		Enterer: d.Enterer, Confirmer: d.Confirmer, UsableTime: rpc.Moment(d.UsableAt), CreateTime: rpc.Moment(d.CreatedAt),
	}
}

// acceptedForms reads the forms that a caller says its rail takes.
func acceptedForms(forms []*familiesv1.AcceptedForm) ([]destination.Accepted, error) {
	accepted := make([]destination.Accepted, len(forms))
	for i, m := range forms {
		form, err := enum.RequiredWord(fmt.Sprintf("forms[%d].form", i), m.GetForm())
		if err != nil {
			return nil, err
		}
		accepted[i].Form = destination.Form(form)
		for j, scheme := range m.GetSchemes() {
			word, err := enum.RequiredWord(fmt.Sprintf("forms[%d].schemes[%d]", i, j), scheme)
			if err != nil {
				return nil, err
			}
			accepted[i].Schemes = append(accepted[i].Schemes, destination.Scheme(word))
		}
	}
	return accepted, destination.CheckAccepted(accepted)
}
