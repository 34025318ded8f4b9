package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// ShowFamily lets a person read a family's file who looks at it for a plan.
func (s *Server) ShowFamily(ctx context.Context, req *familiesv1.ShowFamilyRequest) (*familiesv1.ShowFamilyResponse, error) {
	id, err := looker(req)
	if err != nil {
		return nil, err
	}
	until, err := s.Households.Show(ctx, id, req.GetPerson(), req.GetPlan())
	if err != nil {
		return nil, err
	}
	return &familiesv1.ShowFamilyResponse{ExpireTime: rpc.Moment(until)}, nil
}

// HideFamily ends that.
func (s *Server) HideFamily(ctx context.Context, req *familiesv1.HideFamilyRequest) (*familiesv1.HideFamilyResponse, error) {
	id, err := looker(req)
	if err != nil {
		return nil, err
	}
	return &familiesv1.HideFamilyResponse{}, s.Households.Hide(ctx, id, req.GetPerson(), req.GetPlan())
}

// looker reads which family is meant, and checks who looks at it and for what.
func looker(req interface {
	GetFamily() string
	GetPerson() string
	GetPlan() string
}) (familyID string, err error) {
	if familyID, err = resource.Family.ID("family", req.GetFamily()); err != nil {
		return "", err
	}
	if _, err := resource.Staff.ID("person", req.GetPerson()); err != nil {
		return "", err
	}
	_, err = resource.PaymentPlan.ID("plan", req.GetPlan())
	return familyID, err
}
