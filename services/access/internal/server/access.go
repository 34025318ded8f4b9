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
	if !m.Enrolled && !s.trustRows {
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
	if !resp.Frozen {
		resp.Roles = rolesProto(s.proven(ctx, said, held))
	}
	return resp, nil
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
	grants, err := s.holding(ctx, role)
	if err != nil {
		return nil, err
	}
	grants = slices.DeleteFunc(grants, func(g staff.Grant) bool { return slices.Contains(excluded, g.Staff) })
	if len(grants) == 0 {
		return nil, staff.NoneLeft()
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(grants))))
	if err != nil {
		return nil, fmt.Errorf("draw a number: %w", err)
	}
	return &accessv1.DrawPersonResponse{Person: resource.Staff.Of(grants[n.Int64()].Staff)}, nil
}

// holding returns everybody's grant of a role, but those without leaves and those of
// who is frozen.
func (s *Server) holding(ctx context.Context, role staff.Role) ([]staff.Grant, error) {
	grants, err := s.Store.Holding(ctx, role, s.Now())
	if err != nil || len(grants) == 0 {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	var out []staff.Grant
	for _, g := range grants {
		if said := all[resource.Staff.Of(g.Staff)]; !said.GetFrozen() {
			out = append(out, s.proven(ctx, said, []staff.Grant{g})...)
		}
	}
	return out, nil
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
