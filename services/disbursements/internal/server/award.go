package server

import (
	"context"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetAward reads one award.
func (s *Server) GetAward(ctx context.Context, req *disbursementsv1.GetAwardRequest) (*disbursementsv1.Award, error) {
	id, err := resource.Award.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.award(ctx, id)
}

// CancelAward gives an award back.
func (s *Server) CancelAward(ctx context.Context, req *disbursementsv1.CancelAwardRequest) (*disbursementsv1.Award, error) {
	id, err := resource.Award.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Store.CancelAward(ctx, id); err != nil {
		return nil, err
	}
	return s.award(ctx, id)
}

// ListAwards lists awards, newest first.
func (s *Server) ListAwards(ctx context.Context, req *disbursementsv1.ListAwardsRequest) (*disbursementsv1.ListAwardsResponse, error) {
	source, err := sourceOf(req)
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]round.AwardRecord, error) {
		return s.Store.Awards(ctx, source, fundsOf(ctx), s.acts.awards.Page(identity.From(ctx), p))
	}, func(r round.AwardRecord) []string { return page.At(r.Created, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListAwardsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Awards = append(resp.Awards, s.awardProto(ctx, row))
	}
	resp.Awards = action.Mine(req.GetFilter(), resp.GetAwards())
	return resp, nil
}

// sourceOf reads which source's awards are asked for; the zero one means all.
func sourceOf(req *disbursementsv1.ListAwardsRequest) (of round.Source, err error) {
	switch source := req.GetSource().(type) {
	case *disbursementsv1.ListAwardsRequest_AllocationRound:
		of.RoundID, err = roundID("allocationRound", source.AllocationRound)
	case *disbursementsv1.ListAwardsRequest_EmergencyGrant:
		of.GrantID, err = resource.EmergencyGrant.ID("emergencyGrant", source.EmergencyGrant)
	}
	return of, err
}

// fundsOf are the funds whose awards the caller looks at; none for who looks at all.
func fundsOf(ctx context.Context) []string {
	if t := identity.From(ctx).Engagement; t != nil {
		return t.Funds
	}
	return nil
}

func (s *Server) award(ctx context.Context, id string) (*disbursementsv1.Award, error) {
	a, err := s.Store.Award(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.awardProto(ctx, a), nil
}

// awardProto writes an award, with what the caller could do with it.
func (s *Server) awardProto(ctx context.Context, a round.AwardRecord) *disbursementsv1.Award {
	m := &disbursementsv1.Award{
		Name:  resource.Award.Of(a.ID),
		State: enum.Value[disbursementsv1.AwardState](a.State),
		Fund:  a.Fund, Amount: moneyOf(a.Minor, a.Currency),
		AidRequest: a.AidRequest, Cycle: a.Cycle, Part: a.Part, CreateTime: rpc.Moment(a.Created),
	}
	if a.GrantID != "" {
		m.Source = &disbursementsv1.Award_EmergencyGrant{EmergencyGrant: a.Name()}
	} else {
		m.Source = &disbursementsv1.Award_AllocationRound{AllocationRound: a.Name()}
	}
	m.AllowedActions, m.BlockedActions = s.acts.awards.Of(identity.From(ctx), a)
	return m
}
