package server

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GetSelf answers with the calling person.
func (s *Server) GetSelf(ctx context.Context, _ *accessv1.GetSelfRequest) (*accessv1.Staff, error) {
	id, err := resource.Staff.ID("caller", identity.From(ctx).Person)
	if err != nil {
		return nil, err
	}
	return s.member(ctx, id)
}

// ListStaff answers with a page of people.
func (s *Server) ListStaff(ctx context.Context, req *accessv1.ListStaffRequest) (*accessv1.ListStaffResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]staff.Member, error) {
		return s.Store.List(ctx, p, s.Now())
	}, func(r staff.Member) []string { return []string{r.ID} })
	if err != nil {
		return nil, err
	}
	resp := &accessv1.ListStaffResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Staff = append(resp.Staff, memberProto(row))
	}
	return resp, nil
}

// FreezeStaff refuses every call of a person for a day.
func (s *Server) FreezeStaff(ctx context.Context, req *accessv1.FreezeStaffRequest) (*accessv1.Staff, error) {
	target, err := resource.Staff.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := resource.Staff.ID("caller", identity.From(ctx).Person)
	if err != nil {
		return nil, err
	}
	id, err := s.Store.Freeze(ctx, target, by, s.Now())
	if err != nil {
		return nil, err
	}
	return s.member(ctx, id)
}

// member reads the person with the given ID as of now.
func (s *Server) member(ctx context.Context, id string) (*accessv1.Staff, error) {
	m, err := s.Store.ByID(ctx, id, s.Now())
	if err != nil {
		return nil, err
	}
	return memberProto(m), nil
}
