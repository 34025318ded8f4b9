package server

import (
	"context"
	"slices"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ListRails lists the rails.
func (s *Server) ListRails(ctx context.Context, _ *disbursementsv1.ListRailsRequest) (*disbursementsv1.ListRailsResponse, error) {
	list, err := s.Store.Rails(ctx)
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListRailsResponse{}
	for _, r := range list {
		resp.Rails = append(resp.Rails, s.railProto(ctx, r))
	}
	return resp, nil
}

// StopRail stops a rail.
func (s *Server) StopRail(ctx context.Context, req *disbursementsv1.StopRailRequest) (*disbursementsv1.Rail, error) {
	return s.switchRail(ctx, req.GetName(), s.Store.StopRail)
}

// StopSender stops one sender of a rail.
func (s *Server) StopSender(ctx context.Context, req *disbursementsv1.StopSenderRequest) (*disbursementsv1.Rail, error) {
	return s.switchSender(ctx, req.GetName(), s.Store.StopSender)
}

// ResumeSender lets a sender go on.
func (s *Server) ResumeSender(ctx context.Context, req *disbursementsv1.ResumeSenderRequest) (*disbursementsv1.Rail, error) {
	return s.switchSender(ctx, req.GetName(), s.Store.ResumeSender)
}

func (s *Server) switchSender(ctx context.Context, name string, turn func(ctx context.Context, rail, id, person string) error) (*disbursementsv1.Rail, error) {
	railID, id, err := resource.Sender.IDs("name", name)
	if err != nil {
		return nil, err
	}
	if err := turn(ctx, railID, id, person(ctx)); err != nil {
		return nil, err
	}
	return s.rail(ctx, railID)
}

// ResumeRail lets a rail go on.
func (s *Server) ResumeRail(ctx context.Context, req *disbursementsv1.ResumeRailRequest) (*disbursementsv1.Rail, error) {
	return s.switchRail(ctx, req.GetName(), s.Store.ResumeRail)
}

func (s *Server) switchRail(ctx context.Context, name string, turn func(ctx context.Context, id, person string) error) (*disbursementsv1.Rail, error) {
	id, err := resource.Rail.ID("name", name)
	if err != nil {
		return nil, err
	}
	if err := turn(ctx, id, person(ctx)); err != nil {
		return nil, err
	}
	return s.rail(ctx, id)
}

func (s *Server) rail(ctx context.Context, id string) (*disbursementsv1.Rail, error) {
	r, err := s.Store.Rail(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.railProto(ctx, r), nil
}

func (s *Server) railProto(ctx context.Context, r store.RailSwitch) *disbursementsv1.Rail {
	m := &disbursementsv1.Rail{
		Name: resource.Rail.Of(r.ID), Stopped: r.StoppedBy != "", StoppedBy: r.StoppedBy, InFlightCount: r.InFlight,
	}
	m.AllowedActions, m.BlockedActions = s.acts.rails.Of(identity.From(ctx), turned{"rail", r.StoppedBy})
	i := slices.IndexFunc(s.Rails, func(known rail.Config) bool { return known.ID == r.ID })
	if i < 0 {
		return m // no longer configured
	}
	m.CurrencyCodes = s.Rails[i].Currencies
	for _, sender := range s.Rails[i].Senders {
		stoppedBy := r.StopOf(sender.ID)
		allowed, blocked := s.acts.senders.Of(identity.From(ctx), turned{"sender", stoppedBy})
		m.Senders = append(m.Senders, &disbursementsv1.Rail_Sender{
			Name: resource.Sender.Of(r.ID, sender.ID), LedgerAccount: sender.Account(), ExposureCap: int32(sender.ExposureCap),
			Stopped: stoppedBy != "", StoppedBy: stoppedBy, AllowedActions: allowed, BlockedActions: blocked,
		})
	}
	return m
}
