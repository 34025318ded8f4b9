package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Bounds of requests.
const (
	maxPeople = 1000
	maxRoles  = 6
)

// ResolveCaller says who stands behind a verified identity.
func (s *Server) ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest) (*accessv1.ResolveCallerResponse, error) {
	digest, err := s.Identities.Digest(req.GetIssuer(), req.GetSubject())
	if err != nil {
		return nil, err
	}
	now := s.Now()
	m, err := s.Store.ByIdentity(ctx, digest, now)
	if err != nil {
		return nil, err
	}
	return &accessv1.ResolveCallerResponse{
		Person: resource.Staff.Of(m.ID), Roles: rolesProto(m.Roles(now)), Frozen: m.Frozen(now),
	}, nil
}

// ListFrozen says which of some people are frozen now.
func (s *Server) ListFrozen(ctx context.Context, req *accessv1.ListFrozenRequest) (*accessv1.ListFrozenResponse, error) {
	ids, err := staffIDs("people", req.GetPeople())
	if err != nil {
		return nil, err
	}
	frozen, err := s.Store.Frozen(ctx, ids, s.Now())
	if err != nil {
		return nil, err
	}
	resp := &accessv1.ListFrozenResponse{}
	for _, id := range frozen {
		resp.Frozen = append(resp.Frozen, resource.Staff.Of(id))
	}
	return resp, nil
}

// DrawPerson draws one holder of a role by lot.
func (s *Server) DrawPerson(ctx context.Context, req *accessv1.DrawPersonRequest) (*accessv1.DrawPersonResponse, error) {
	role, err := roleFromProto("role", req.GetRole())
	if err != nil {
		return nil, err
	}
	excluded, err := staffIDs("exclude", req.GetExclude())
	if err != nil {
		return nil, err
	}
	ids, err := s.Store.Holding(ctx, role, s.Now())
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(excluded, id) })
	if len(ids) == 0 {
		return nil, staff.NoneLeft()
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(ids))))
	if err != nil {
		return nil, fmt.Errorf("draw a number: %w", err)
	}
	return &accessv1.DrawPersonResponse{Person: resource.Staff.Of(ids[n.Int64()])}, nil
}

// staffIDs reads the names of people in a field.
func staffIDs(field string, names []string) ([]string, error) {
	if len(names) > maxPeople {
		return nil, fault.Field(field, "must have at most 1,000 entries")
	}
	ids := make([]string, len(names))
	for i, name := range names {
		var err error
		if ids[i], err = resource.Staff.ID(fmt.Sprintf("%s[%d]", field, i), name); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// MintDevelopmentGrant grants roles that nobody confirmed, in development only.
func (s *Server) MintDevelopmentGrant(ctx context.Context, req *accessv1.MintDevelopmentGrantRequest) (*accessv1.MintDevelopmentGrantResponse, error) {
	if !s.Development {
		return nil, fault.New(fault.PermissionDenied, "DEVELOPMENT_ONLY",
			"Development grants are minted in development only.")
	}
	digest, err := s.Identities.Digest(req.GetIssuer(), req.GetSubject())
	if err != nil {
		return nil, err
	}
	roles, err := rolesFromProto(req.GetRoles())
	if err != nil {
		return nil, err
	}
	id, err := s.Store.GrantUnasked(ctx, digest, roles, s.Now())
	if err != nil {
		return nil, err
	}
	m, err := s.member(ctx, id)
	if err != nil {
		return nil, err
	}
	return &accessv1.MintDevelopmentGrantResponse{Staff: m}, nil
}
