package server

import (
	"context"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GetGrant reads a grant.
func (s *Server) GetGrant(ctx context.Context, req *accessv1.GetGrantRequest) (*accessv1.Grant, error) {
	g, err := s.grant(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	return grantProto(g), nil
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
	rest, err := s.rest(ctx, person, role, req.GetWaiveRest())
	if err != nil {
		return nil, err
	}
	now := s.Now()
	m, err := s.Store.ByID(ctx, person, now)
	if err != nil {
		return nil, err
	}
	if !m.Enrolled {
		return nil, fault.Missing("person")
	}
	g, err := s.Store.Propose(ctx, staff.NewGrant(person, role, by, rest, now), now)
	if err != nil || len(g.Leaves) > 0 {
		return grantProto(g), err
	}
	sequences, err := s.record(ctx, posting.GrantProposed(leafOf(g)))
	if err != nil {
		return nil, err
	}
	if err := s.Store.Proposed(ctx, g.ID, sequences[0]); err != nil {
		return nil, err
	}
	return s.GetGrant(ctx, &accessv1.GetGrantRequest{Name: g.Name()})
}

// rest is for how many days a new grant of the role rests. Two may waive it while
// nobody else holds the role: else a new installation could do nothing for a week.
func (s *Server) rest(ctx context.Context, person string, role staff.Role, waive bool) (int, error) {
	if !waive {
		return s.RestDays, nil
	}
	holding, err := s.holding(ctx, role)
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(holding, func(g staff.Grant) bool { return g.Staff != person }) {
		return 0, fault.New(fault.Precondition, fault.ReasonRestNotWaivable, "The rest can be waived only while nobody else holds the role.")
	}
	return 0, nil
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
	if len(g.Leaves) == 0 { // a draft whose leaf never came
		return nil, fault.Missing("grant")
	}
	if err := g.CheckConfirm(by, s.Now()); err != nil {
		return nil, err
	}
	if err := s.checkSubject(ctx, g.Staff, req.GetSubject()); err != nil {
		return nil, err
	}
	if g.State == staff.Confirmed {
		return grantProto(g), nil
	}
	sequences, err := s.record(ctx, posting.GrantConfirmed(leafOf(g), by))
	if err != nil {
		return nil, err
	}
	enough, err := s.inForce(ctx, g)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Confirm(ctx, g, by, sequences[0], enough); err != nil {
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
		return fault.Field("subject", fault.FieldMismatch, "is not that of the person for whom the role was proposed")
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

// RevokeGrant takes a role from somebody: first here, then in the log.
func (s *Server) RevokeGrant(ctx context.Context, req *accessv1.RevokeGrantRequest) (*accessv1.Grant, error) {
	g, err := s.grant(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Revoke(ctx, g.ID, by, s.Now()); err != nil {
		return nil, err
	}
	if err := s.recordRevocation(ctx, g); err != nil {
		s.Log.WarnContext(ctx, "the leaf of a revocation follows later", "grant", g.ID, "error", err)
	}
	return s.GetGrant(ctx, &accessv1.GetGrantRequest{Name: req.GetName()})
}

func (s *Server) recordRevocation(ctx context.Context, revoked staff.Grant) error {
	g, owed, err := s.Store.RevokedGrant(ctx, revoked.ID)
	if err != nil || !owed || len(g.Leaves) == 0 {
		return err
	}
	sequences, err := s.recordSoon(ctx, posting.GrantRevoked(leafOf(g)))
	if err != nil {
		return err
	}
	return s.Store.Revoked(ctx, g.ID, sequences[0])
}
