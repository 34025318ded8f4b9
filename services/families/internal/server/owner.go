package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// TransferFamily hands a case over to another caseworker.
func (s *Server) TransferFamily(ctx context.Context, req *familiesv1.TransferFamilyRequest) (*familiesv1.Family, error) {
	return s.toPerson(ctx, req.GetName(), "owner", req.GetOwner(), func(id string, t team.Team) (family.Family, error) {
		return s.Households.Transfer(ctx, person(ctx), id, req.GetOwner(), t.Caseworkers, t.Awake)
	})
}

// ReassignFamily gives a case whose owner cannot see to it to a caseworker.
func (s *Server) ReassignFamily(ctx context.Context, req *familiesv1.ReassignFamilyRequest) (*familiesv1.Family, error) {
	return s.toPerson(ctx, req.GetName(), "owner", req.GetOwner(), func(id string, t team.Team) (family.Family, error) {
		return s.Households.Reassign(ctx, person(ctx), id, req.GetOwner(), t.Caseworkers, t.Awake)
	})
}

// SetDeputy gives a case to a deputy beside its owner, or takes it back.
func (s *Server) SetDeputy(ctx context.Context, req *familiesv1.SetDeputyRequest) (*familiesv1.Family, error) {
	if req.GetDeputy() == "" {
		return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
			return s.Households.SetDeputy(ctx, person(ctx), id, "", nil)
		})
	}
	return s.toPerson(ctx, req.GetName(), "deputy", req.GetDeputy(), func(id string, t team.Team) (family.Family, error) {
		return s.Households.SetDeputy(ctx, person(ctx), id, req.GetDeputy(), t.Caseworkers)
	})
}

// toPerson gives the family of a name to a person named in a field.
func (s *Server) toPerson(ctx context.Context, name, field, to string, do func(id string, t team.Team) (family.Family, error)) (*familiesv1.Family, error) {
	if _, err := resource.Staff.ID(field, to); err != nil {
		return nil, err
	}
	return s.onFamily(ctx, name, func(id string) (f family.Family, err error) {
		t, err := team.Ask(ctx, s.Access)
		if err != nil {
			return f, err
		}
		return do(id, t)
	})
}
