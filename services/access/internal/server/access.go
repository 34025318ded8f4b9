package server

import (
	"context"
	"fmt"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// maxPeople bounds the people whom a request names.
const maxPeople = 1000

// ResolveCaller says who stands behind a verified identity. Rows say what was taken
// back and who is frozen, the ledger's leaves what was given.
func (s *Server) ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest) (*accessv1.ResolveCallerResponse, error) {
	digest, err := s.Identities.Digest(req.GetIssuer(), req.GetSubject())
	if err != nil {
		return nil, err
	}
	if req.GetIssuer() != s.Issuer {
		return nil, staff.Unknown()
	}
	now := s.Now()
	m, err := s.Store.ByIdentity(ctx, digest, now)
	if err != nil {
		return nil, err
	}
	if !m.Enrolled() && !s.trustRows {
		return nil, staff.Unknown()
	}
	held := m.Held(now)
	said, err := s.standingOf(ctx, digest, req.GetSubject(), held)
	if err != nil {
		return nil, err
	}
	person := resource.Staff.Of(m.ID)
	if said.GetPerson() != person && !s.trustRows {
		s.alarm(ctx, "staff", m.ID)
		return nil, staff.Unknown()
	}
	resp := &accessv1.ResolveCallerResponse{Person: person, Frozen: m.Frozen(now) || said.GetFrozen()}
	resp.SessionEnded = !resp.Frozen && req.GetIssueTime() != nil && m.SessionEnded(req.GetIssueTime().AsTime())
	if !resp.Frozen && !resp.SessionEnded {
		proven := s.proven(ctx, said, held)
		resp.Roles, resp.RestingRoles = rolesProto(proven), resting(proven, now)
		resp.LapsedOfficer = said.GetLapsedOfficer()
	}
	if slices.Contains(resp.GetRoles(), policyv1.Role_ROLE_AUDITOR) {
		resp.Engagement, err = s.engaged(ctx, m, said)
	}
	return resp, err
}

// ListAwake says who is awake in which roles, and who is away.
func (s *Server) ListAwake(ctx context.Context, _ *accessv1.ListAwakeRequest) (*accessv1.ListAwakeResponse, error) {
	team, err := s.team(ctx)
	if err != nil {
		return nil, err
	}
	now, resp := s.Now(), &accessv1.ListAwakeResponse{}
	for _, m := range team {
		name := resource.Staff.Of(m.ID)
		if m.Away(now) {
			away := &accessv1.Away{Person: name, Until: staff.Day(m.AwayUntil)}
			if m.Deputy != "" {
				away.Deputy = resource.Staff.Of(m.Deputy)
			}
			resp.Away = append(resp.Away, away)
		}
		awake := slices.DeleteFunc(m.Held(now), func(g staff.Grant) bool { return !m.AwakeIn(g.Role, now) })
		if len(awake) > 0 {
			resp.Awake = append(resp.Awake, &accessv1.Awake{Person: name, Roles: rolesProto(awake)})
		}
	}
	return resp, nil
}

// staffIDs reads the names of people in a field.
func staffIDs(field string, names []string) ([]string, error) {
	if len(names) > maxPeople {
		return nil, fault.Field(field, fault.FieldTooMany, "must have at most 1,000 entries")
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
