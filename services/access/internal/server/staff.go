package server

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// GetSelf answers with the calling person.
func (s *Server) GetSelf(ctx context.Context, _ *accessv1.GetSelfRequest) (*accessv1.Staff, error) {
	return s.member(ctx, identity.From(ctx).Person)
}

// ListStaff answers with a page of people.
func (s *Server) ListStaff(ctx context.Context, req *accessv1.ListStaffRequest) (*accessv1.ListStaffResponse, error) {
	p, err := s.Pager.Parse(req)
	if err != nil {
		return nil, err
	}
	after := ""
	if len(p.After) > 0 {
		after = p.After[0]
	}
	found, err := s.Store.List(ctx, after, p.Size+1, s.Now())
	if err != nil {
		return nil, err
	}
	resp := &accessv1.ListStaffResponse{}
	if len(found) > p.Size {
		found = found[:p.Size]
		resp.NextPageToken = s.Pager.Next(req, found[p.Size-1].ID)
	}
	for _, m := range found {
		resp.Staff = append(resp.Staff, memberProto(m))
	}
	return resp, nil
}

// FreezeStaff refuses every call of a person for a day.
func (s *Server) FreezeStaff(ctx context.Context, req *accessv1.FreezeStaffRequest) (*accessv1.Staff, error) {
	target, err := staff.ParseName("name", req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := staff.ParseName("caller", identity.From(ctx).Person)
	if err != nil {
		return nil, err
	}
	name, err := s.Store.Freeze(ctx, target, by, s.Now())
	if err != nil {
		return nil, err
	}
	return s.member(ctx, name)
}

// member reads the person with the given resource name as of now.
func (s *Server) member(ctx context.Context, name string) (*accessv1.Staff, error) {
	id, err := staff.ParseName("name", name)
	if err != nil {
		return nil, err
	}
	m, err := s.Store.ByID(ctx, id, s.Now())
	if err != nil {
		return nil, err
	}
	return memberProto(m), nil
}
