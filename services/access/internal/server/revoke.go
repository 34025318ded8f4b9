package server

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// RevokeGrant has the caller want a role to be taken back. The leaves say when enough
// do.
func (s *Server) RevokeGrant(ctx context.Context, req *accessv1.RevokeGrantRequest) (*accessv1.Grant, error) {
	g, err := s.grant(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case g.State == staff.Revoked:
		return s.grantProto(ctx, g, s.look(ctx)), nil
	case len(g.Leaves) == 0:
		err = s.Store.Withdraw(ctx, g, s.Now())
	default:
		err = s.revoke(ctx, g, by)
	}
	if err != nil {
		return nil, err
	}
	return s.GetGrant(ctx, &accessv1.GetGrantRequest{Name: req.GetName()})
}

func (s *Server) revoke(ctx context.Context, g staff.Grant, by string) error {
	if err := revocable(g, s.look(ctx)); err != nil {
		return err
	}
	sequences, err := s.record(ctx, posting.GrantRevoked(leafOf(g), by))
	if err != nil {
		return err
	}
	held, err := s.inForce(ctx, g)
	if err != nil {
		return err
	}
	s.known.forget()
	return s.Store.Revoke(ctx, g, by, sequences[0], !held, s.Now())
}
