package server

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ProposeStaff proposes to enrol somebody. The row comes first, so that a repeat asks the
// ledger about the same pseudonym; it gives nothing before its leaves.
func (s *Server) ProposeStaff(ctx context.Context, req *accessv1.ProposeStaffRequest) (*accessv1.Staff, error) {
	digest, err := s.Identities.Digest(s.Issuer, req.GetSubject())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.Store.ByIdentity(ctx, digest, s.Now())
	switch {
	case err == nil && known.Leaf:
		return s.member(ctx, known.ID)
	case err != nil && !fault.OfKind(err, fault.NotFound):
		return nil, err
	}
	team, err := s.team(ctx)
	if err != nil {
		return nil, err
	}
	if !officer(ctx) && team.ByOfficers(known.ID, s.Now()) {
		return nil, staff.OfficersAwake()
	}
	m, err := s.Store.ProposeStaff(ctx, digest, by, s.Now())
	if err != nil || m.Leaf {
		return s.orMember(ctx, m.ID, err)
	}
	sequences, err := s.record(ctx, s.binding(m, req.GetSubject(), digest, by))
	if err == nil {
		err = s.Store.StaffProposed(ctx, m, sequences[0], s.Now())
	}
	return s.orMember(ctx, m.ID, err)
}

// ConfirmStaff confirms who somebody is that another person proposed. The leaves say when
// enough people have.
func (s *Server) ConfirmStaff(ctx context.Context, req *accessv1.ConfirmStaffRequest) (*accessv1.Staff, error) {
	id, by, err := about(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	m, err := s.Store.ByID(ctx, id, s.Now())
	if err != nil {
		return nil, err
	}
	if err := m.CheckConfirm(by); err != nil {
		return nil, err
	}
	if err := s.checkSubject(ctx, id, req.GetSubject()); err != nil {
		return nil, err
	}
	if !m.Enrolled() {
		if err := confirmable(m.Proposer, id, officer(ctx), s.look(ctx)); err != nil {
			return nil, err
		}
		err = s.confirmStaff(ctx, m, req.GetSubject(), by)
	}
	return s.orMember(ctx, id, err)
}

func (s *Server) confirmStaff(ctx context.Context, m staff.Member, subject, by string) error {
	digest, err := s.Identities.Digest(s.Issuer, subject)
	if err != nil {
		return err
	}
	sequences, err := s.record(ctx, s.binding(m, subject, digest, by))
	if err != nil {
		return err
	}
	bound, err := s.bound(ctx, m.ID, subject)
	if err != nil {
		return err
	}
	return s.Store.ConfirmStaff(ctx, m, by, sequences[0], bound, s.Now())
}

// binding is what the person with the ID by says of somebody's pseudonym.
func (s *Server) binding(m staff.Member, subject string, digest []byte, by string) *ledgerv1.DecisionDraft {
	return posting.StaffBy(posting.Binding{Person: m.ID, Issuer: s.Issuer, Subject: subject, Commitment: digest}, by)
}

// bound asks the ledger whether its leaves bind a pseudonym: who confirmed it decides how
// many are needed.
func (s *Server) bound(ctx context.Context, id, subject string) (bool, error) {
	said, err := s.Standing.ResolveIdentity(ofItself(ctx), &ledgerv1.ResolveIdentityRequest{Issuer: s.Issuer, Subject: subject})
	if fault.OfKind(err, fault.NotFound) {
		return false, nil
	}
	return said.GetPerson() == resource.Staff.Of(id), err
}

// orMember reads a person unless something failed before.
func (s *Server) orMember(ctx context.Context, id string, err error) (*accessv1.Staff, error) {
	if err != nil {
		return nil, err
	}
	return s.member(ctx, id)
}
