package server

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GetGrant reads a grant.
func (s *Server) GetGrant(ctx context.Context, req *accessv1.GetGrantRequest) (*accessv1.Grant, error) {
	g, err := s.grant(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	return s.grantProto(ctx, g, s.look(ctx)), nil
}

// ListGrants answers with a page of grants.
func (s *Server) ListGrants(ctx context.Context, req *accessv1.ListGrantsRequest) (*accessv1.ListGrantsResponse, error) {
	id, err := resource.Staff.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if _, err := s.Store.ByID(ctx, id, s.Now()); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]staff.Grant, error) {
		return s.Store.Grants(ctx, id, s.acts.grants.Page(identity.From(ctx), p))
	}, func(g staff.Grant) []string { return page.At(g.Created, g.ID) })
	if err != nil {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	resp, eyes := &accessv1.ListGrantsResponse{NextPageToken: next}, s.look(ctx)
	for _, g := range rows {
		inForce := g.State == staff.Confirmed && !g.Until.Before(s.Now().AddDate(0, 0, -1))
		if !inForce || len(s.proven(ctx, all[resource.Staff.Of(g.Staff)], []staff.Grant{g})) > 0 {
			resp.Grants = append(resp.Grants, s.grantProto(ctx, g, eyes))
		}
	}
	resp.Grants = action.Mine(req.GetFilter(), resp.GetGrants())
	return resp, nil
}

func (s *Server) grant(ctx context.Context, name string) (staff.Grant, error) {
	person, id, err := resource.Grant.IDs("name", name)
	if err != nil {
		return staff.Grant{}, err
	}
	return s.Store.Grant(ctx, person, id)
}

// ProposeGrant proposes a role for somebody else.
func (s *Server) ProposeGrant(ctx context.Context, req *accessv1.ProposeGrantRequest) (*accessv1.Grant, error) {
	person, err := resource.Staff.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	role, err := roleFromProto("role", req.GetRole())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if by == person {
		return nil, fault.SamePerson("propose a role for themselves")
	}
	now := s.Now()
	m, err := s.Store.ByID(ctx, person, now)
	if err != nil {
		return nil, err
	}
	if err := m.CheckEnrolled(); err != nil {
		return nil, err
	}
	team, err := s.team(ctx)
	if err != nil {
		return nil, err
	}
	if !officer(ctx) && team.ByOfficers(person, now) {
		return nil, staff.OfficersAwake()
	}
	draft, err := s.draft(ctx, team, m, staff.NewGrant(person, role, by, s.RestDays, now), req.GetWaiveRest())
	if err != nil {
		return nil, err
	}
	return s.propose(ctx, draft)
}

// propose notes a draft, then records it, then tells all colleagues.
func (s *Server) propose(ctx context.Context, draft staff.Grant) (*accessv1.Grant, error) {
	g, err := s.Store.Propose(ctx, draft, s.Now())
	if err != nil || len(g.Leaves) > 0 {
		return s.grantProto(ctx, g, s.look(ctx)), err
	}
	sequences, err := s.record(ctx, posting.GrantProposed(leafOf(g)))
	if err != nil {
		return nil, err
	}
	if err := s.Store.Proposed(ctx, g, sequences[0], s.Now()); err != nil {
		return nil, err
	}
	return s.GetGrant(ctx, &accessv1.GetGrantRequest{Name: g.Name()})
}

// officer reports whether the caller grants roles as a protection officer, a lapsed one
// included.
func officer(ctx context.Context) bool {
	c := identity.From(ctx)
	return c.Lapsed || c.Has(policyv1.Role_ROLE_PROTECTION_OFFICER)
}

// draft is a new grant with the days for which it rests. What is renewed rests no more
// than what it renews. Two may waive the rest of the first grants of an installation,
// and of a role in which nobody else is awake: else nothing could be done for a week.
func (s *Server) draft(ctx context.Context, team staff.Team, m staff.Member, g staff.Grant, waive bool) (staff.Grant, error) {
	now := s.Now()
	for _, held := range m.Held(now) {
		if held.Role == g.Role && held.RestsUntil.Before(g.RestsUntil) {
			g.RestsUntil = held.RestsUntil
		}
	}
	if g.RestsUntil.Before(g.From) {
		g.RestsUntil = g.From
	}
	if !waive || g.RestsUntil.Equal(g.From) {
		return g, nil
	}
	founded, err := s.Store.Founding(ctx)
	if err != nil {
		return g, err
	}
	if len(team.Awake(g.Role, now, m.ID)) > 0 && !now.Before(founded.AddDate(0, 0, staff.RestDays)) {
		return g, fault.New(fault.Precondition, fault.ReasonRestNotWaivable, "The rest can be waived only in the first week of an installation, and while nobody else is there who holds the role.")
	}
	g.RestsUntil = g.From
	return g, nil
}

// ConfirmGrant confirms a role that an officer proposed for somebody else.
func (s *Server) ConfirmGrant(ctx context.Context, req *accessv1.ConfirmGrantRequest) (*accessv1.Grant, error) {
	g, err := s.grant(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.CheckConfirm(by, s.Now()); err != nil {
		return nil, err
	}
	if err := s.checkSubject(ctx, g.Staff, req.GetSubject()); err != nil {
		return nil, err
	}
	if g.State == staff.Confirmed {
		return s.grantProto(ctx, g, s.look(ctx)), nil
	}
	if err := confirmable(g.Proposer, g.Staff, officer(ctx), s.look(ctx)); err != nil {
		return nil, err
	}
	sequences, err := s.record(ctx, posting.GrantConfirmed(leafOf(g), by))
	if err != nil {
		return nil, err
	}
	enough, err := s.inForce(ctx, g)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Confirm(ctx, g, by, sequences[0], enough, s.Now()); err != nil {
		return nil, err
	}
	return s.GetGrant(ctx, &accessv1.GetGrantRequest{Name: g.Name()})
}

// checkSubject refuses a confirmation about somebody whom the confirming person takes
// for somebody else.
func (s *Server) checkSubject(ctx context.Context, person, subject string) error {
	digest, err := s.Identities.Digest(s.Issuer, subject)
	if err != nil {
		return err
	}
	m, err := s.Store.ByIdentity(ctx, digest, s.Now())
	if fault.OfKind(err, fault.NotFound) || err == nil && m.ID != person {
		return fault.Field("subject", fault.FieldMismatch, "is not that of this person")
	}
	return err
}

// inForce asks the ledger whether its leaves give the grant: who confirmed it decides
// how many are needed.
func (s *Server) inForce(ctx context.Context, g staff.Grant) (bool, error) {
	all, err := s.all(ctx)
	if err != nil {
		return false, err
	}
	return gives(all[resource.Staff.Of(g.Staff)], g), nil
}
