package server

import (
	"context"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ListRails lists the rails.
func (s *Server) ListRails(ctx context.Context, req *disbursementsv1.ListRailsRequest) (*disbursementsv1.ListRailsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.RailSwitch, error) {
		return s.Store.Rails(ctx, s.acts.rails.Page(identity.From(ctx), p))
	}, func(r store.RailSwitch) []string { return []string{r.ID} })
	if err != nil {
		return nil, err
	}
	reached, err := s.Store.Reached(ctx)
	if err != nil {
		return nil, err
	}
	var list []*disbursementsv1.Rail
	for _, r := range rows {
		list = append(list, s.railProto(ctx, r, reached))
	}
	return &disbursementsv1.ListRailsResponse{Rails: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ListSenders lists the senders of a rail, or of all.
func (s *Server) ListSenders(ctx context.Context, req *disbursementsv1.ListSendersRequest) (*disbursementsv1.ListSendersResponse, error) {
	id, err := resource.Rail.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]store.SenderSwitch, error) {
		return s.Store.Senders(ctx, id, s.acts.senders.Page(identity.From(ctx), p))
	}, func(x store.SenderSwitch) []string { return []string{x.Rail, x.ID} })
	if err != nil {
		return nil, err
	}
	reached, err := s.Store.Reached(ctx)
	if err != nil {
		return nil, err
	}
	var list []*disbursementsv1.Rail_Sender
	for _, x := range rows {
		list = append(list, s.senderProto(ctx, x, s.configured(x), reached[x.ID]))
	}
	return &disbursementsv1.ListSendersResponse{Senders: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// configured is what the configuration says of a sender; nothing for one that it no longer
// has.
func (s *Server) configured(x store.SenderSwitch) rail.Sender {
	r, err := s.Rails.Find(x.Rail)
	if err != nil {
		return rail.Sender{}
	}
	for _, sender := range r.Capabilities().Senders {
		if sender.ID == x.ID {
			return sender
		}
	}
	return rail.Sender{}
}

// senderProto writes a sender with what the caller could do with it.
func (s *Server) senderProto(ctx context.Context, x store.SenderSwitch, known rail.Sender, reached int) *disbursementsv1.Rail_Sender {
	m := &disbursementsv1.Rail_Sender{
		Name: resource.Sender.Of(x.Rail, x.ID), ExposureCap: int32(known.ExposureCap), Stopped: x.StoppedBy != "", StoppedBy: x.StoppedBy,
		ReachedFamilyCount: int32(reached), Exposed: s.reach.Exposed(reached),
	}
	if known.ID != "" {
		m.LedgerAccount, m.CurrencyCode = known.Account(), known.Currency
		if r, err := s.Rails.Find(x.Rail); err == nil {
			m.Forms = formProtos(r.Capabilities().FormsOf(known.ID))
		}
	}
	m.AllowedActions, m.BlockedActions = s.acts.senders.Of(identity.From(ctx), turned{"sender", x.StoppedBy})
	return m
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
	reached, err := s.Store.Reached(ctx)
	if err != nil {
		return nil, err
	}
	return s.railProto(ctx, r, reached), nil
}

func (s *Server) railProto(ctx context.Context, r store.RailSwitch, reached map[string]int) *disbursementsv1.Rail {
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
	m.Forms = formProtos(can.Forms)
	for _, sender := range can.Senders {
		m.Senders = append(m.Senders, s.senderProto(ctx, store.SenderSwitch{Rail: r.ID, ID: sender.ID, StoppedBy: r.StopOf(sender.ID)}, sender, reached[sender.ID]))
	}
	return m
}

func formProtos(forms []payment.Accepted) (list []*disbursementsv1.Rail_Form) {
	for _, f := range forms {
		form := &disbursementsv1.Rail_Form{Form: string(f.Form)}
		for _, scheme := range f.Schemes {
			form.Schemes = append(form.Schemes, string(scheme))
		}
		list = append(list, form)
	}
	return list
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
		{can.Records, disbursementsv1.RailCapability_RAIL_CAPABILITY_RECORDS},
	} {
		if c.has {
			list = append(list, c.capability)
		}
	}
	return list
}
