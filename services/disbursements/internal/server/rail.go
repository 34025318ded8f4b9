package server

import (
	"context"

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
	known, err := s.Rails.Find(r.ID)
	if err != nil {
		return m // no longer configured
	}
	can := known.Capabilities()
	m.CurrencyCodes, m.Capabilities = can.Currencies, capabilityProtos(can)
	for _, f := range can.Forms {
		form := &disbursementsv1.Rail_Form{Form: string(f.Form)}
		for _, scheme := range f.Schemes {
			form.Schemes = append(form.Schemes, string(scheme))
		}
		m.Forms = append(m.Forms, form)
	}
	for _, sender := range can.Senders {
		stoppedBy := r.StopOf(sender.ID)
		allowed, blocked := s.acts.senders.Of(identity.From(ctx), turned{"sender", stoppedBy})
		m.Senders = append(m.Senders, &disbursementsv1.Rail_Sender{
			Name: resource.Sender.Of(r.ID, sender.ID), LedgerAccount: sender.Account(), ExposureCap: int32(sender.ExposureCap),
			Stopped: stoppedBy != "", StoppedBy: stoppedBy, AllowedActions: allowed, BlockedActions: blocked,
		})
	}
	return m
}

func capabilityProtos(can rail.Capabilities) (list []disbursementsv1.RailCapability) {
	for _, c := range []struct {
		has        bool
		capability disbursementsv1.RailCapability
	}{
		{can.Files, disbursementsv1.RailCapability_RAIL_CAPABILITY_FILES},
		{can.LooksUp, disbursementsv1.RailCapability_RAIL_CAPABILITY_LOOKS_UP},
		{can.Cancels, disbursementsv1.RailCapability_RAIL_CAPABILITY_CANCELS},
		{can.Proves, disbursementsv1.RailCapability_RAIL_CAPABILITY_PROVES},
		{can.Reconciles, disbursementsv1.RailCapability_RAIL_CAPABILITY_RECONCILES},
	} {
		if c.has {
			list = append(list, c.capability)
		}
	}
	return list
}
