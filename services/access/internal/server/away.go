package server

import (
	"context"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// SetAway notes until when the caller is away. It is no decision about anybody, and no
// leaf.
func (s *Server) SetAway(ctx context.Context, req *accessv1.SetAwayRequest) (*accessv1.Staff, error) {
	id, by, err := about(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	if id != by {
		return nil, denied()
	}
	until, deputy, err := s.absence(ctx, by, req)
	if err != nil {
		return nil, err
	}
	if err := s.Store.SetAway(ctx, id, until, deputy); err != nil {
		return nil, err
	}
	return s.member(ctx, id)
}

// absence reads until when somebody is away, and the ID of their deputy.
func (s *Server) absence(ctx context.Context, id string, req *accessv1.SetAwayRequest) (until time.Time, deputy string, err error) {
	if req.GetUntil() != "" {
		if until, err = rpc.ParseDay("until", req.GetUntil()); err != nil {
			return until, "", err
		}
	}
	if req.GetDeputy() != "" {
		if deputy, err = resource.Staff.ID("deputy", req.GetDeputy()); err != nil {
			return until, "", err
		}
	}
	if err := staff.CheckAway(until, deputy, s.Now()); err != nil || deputy == "" {
		return until, "", err
	}
	team, err := s.team(ctx)
	if err != nil {
		return until, "", err
	}
	return until, deputy, team.CheckDeputy(id, deputy, s.Now())
}

// RevokeSessions ends all sessions of the caller, or of somebody else for an officer.
func (s *Server) RevokeSessions(ctx context.Context, req *accessv1.RevokeSessionsRequest) (*accessv1.Staff, error) {
	id, err := resource.Staff.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if id != by && !officer(ctx) {
		return nil, denied()
	}
	if err := s.Store.EndSessions(ctx, id, s.Now()); err != nil {
		return nil, err
	}
	return s.member(ctx, id)
}

func denied() *fault.Fault {
	return fault.New(fault.PermissionDenied, fault.ReasonPermissionDenied, "The caller may not do this.")
}
