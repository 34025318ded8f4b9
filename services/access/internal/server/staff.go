package server

import (
	"context"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GetSelf answers with the calling person, and with what they hold by the leaves.
func (s *Server) GetSelf(ctx context.Context, _ *accessv1.GetSelfRequest) (*accessv1.Staff, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.member(ctx, id)
	if err != nil {
		return nil, err
	}
	m.Grants = slices.DeleteFunc(m.GetGrants(), func(g *accessv1.Grant) bool {
		return g.GetState() == accessv1.GrantState_GRANT_STATE_CONFIRMED && !identity.From(ctx).Has(g.GetRole())
	})
	return m, nil
}

// ListStaff answers with a page of people.
func (s *Server) ListStaff(ctx context.Context, req *accessv1.ListStaffRequest) (*accessv1.ListStaffResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]staff.Member, error) {
		return s.Store.List(ctx, s.acts.members.Page(identity.From(ctx), p), s.Now())
	}, func(r staff.Member) []string { return page.At(r.Created, r.ID) })
	if err != nil {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	open, err := s.Store.OpenFreezes(ctx, idsOf(rows), s.Now())
	if err != nil {
		return nil, err
	}
	resp, eyes := &accessv1.ListStaffResponse{NextPageToken: next}, s.look(ctx)
	for _, m := range rows {
		given := m.Grants[:0]
		for _, g := range m.Grants {
			if g.State == staff.Proposed || len(s.proven(ctx, all[resource.Staff.Of(m.ID)], []staff.Grant{g})) > 0 {
				given = append(given, g)
			}
		}
		m.Grants = given
		resp.Staff = append(resp.Staff, s.memberProto(ctx, m, open[m.ID], eyes))
	}
	resp.Staff = action.Mine(req.GetFilter(), resp.GetStaff())
	return resp, nil
}

func idsOf(rows []staff.Member) []string {
	ids := make([]string, len(rows))
	for i, m := range rows {
		ids[i] = m.ID
	}
	return ids
}

// GetStaff reads a colleague.
func (s *Server) GetStaff(ctx context.Context, req *accessv1.GetStaffRequest) (*accessv1.Staff, error) {
	id, err := resource.Staff.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.member(ctx, id)
}

// ListAnnouncements answers with a page of what colleagues are told.
func (s *Server) ListAnnouncements(ctx context.Context, req *accessv1.ListAnnouncementsRequest) (*accessv1.ListAnnouncementsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]staff.Announcement, error) {
		return s.Store.Announcements(ctx, p)
	}, func(a staff.Announcement) []string { return page.At(a.At, a.ID) })
	if err != nil {
		return nil, err
	}
	resp := &accessv1.ListAnnouncementsResponse{NextPageToken: next}
	for _, a := range rows {
		resp.Announcements = append(resp.Announcements, announcementProto(a))
	}
	return resp, nil
}

// member reads the person with the given ID as of now.
func (s *Server) member(ctx context.Context, id string) (*accessv1.Staff, error) {
	m, err := s.Store.ByID(ctx, id, s.Now())
	if err != nil {
		return nil, err
	}
	f, err := s.openFreeze(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.memberProto(ctx, m, f, s.look(ctx)), nil
}

// caller is the ID of the calling person.
func caller(ctx context.Context) (string, error) {
	return resource.Staff.ID("caller", identity.From(ctx).Person)
}
