package server

import (
	"context"
	"fmt"
	"slices"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/destination"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/inquiry"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetInquiry reads one inquiry.
func (s *Server) GetInquiry(ctx context.Context, req *disbursementsv1.GetInquiryRequest) (*disbursementsv1.Inquiry, error) {
	id, err := resource.Inquiry.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	i, err := s.Store.Inquiry(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := s.inquiryProtos(ctx, i)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ListInquiries lists inquiries, newest first.
func (s *Server) ListInquiries(ctx context.Context, req *disbursementsv1.ListInquiriesRequest) (*disbursementsv1.ListInquiriesResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]inquiry.Inquiry, error) {
		return s.Store.Inquiries(ctx, s.acts.inquiries.Page(identity.From(ctx), p))
	}, func(i inquiry.Inquiry) []string { return page.At(i.CreatedAt, i.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.inquiryProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.ListInquiriesResponse{Inquiries: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// TakeInquiry notes that the caller works on an inquiry.
func (s *Server) TakeInquiry(ctx context.Context, req *disbursementsv1.TakeInquiryRequest) (*disbursementsv1.Inquiry, error) {
	return s.workOn(ctx, req.GetName(), func(id string, involved bool) error {
		return s.Store.TakeInquiry(ctx, id, person(ctx), involved)
	})
}

// CloseInquiry notes what came out of an inquiry.
func (s *Server) CloseInquiry(ctx context.Context, req *disbursementsv1.CloseInquiryRequest) (*disbursementsv1.Inquiry, error) {
	outcome, err := enum.RequiredWord("outcome", req.GetOutcome())
	if err != nil {
		return nil, err
	}
	return s.workOn(ctx, req.GetName(), func(id string, involved bool) error {
		return s.Store.CloseInquiry(ctx, id, person(ctx), involved, outcome)
	})
}

func (s *Server) workOn(ctx context.Context, name string, step func(id string, involved bool) error) (*disbursementsv1.Inquiry, error) {
	id, err := resource.Inquiry.ID("name", name)
	if err != nil {
		return nil, err
	}
	i, err := s.Store.Inquiry(ctx, id)
	if err != nil {
		return nil, err
	}
	inside, err := s.everInvolved(ctx, i.Family)
	if err != nil {
		return nil, err
	}
	if err := step(id, slices.Contains(inside, i.Family)); err != nil {
		return nil, err
	}
	return s.GetInquiry(ctx, &disbursementsv1.GetInquiryRequest{Name: name})
}

// everInvolved are those of some families in whose case the caller ever had a part.
func (s *Server) everInvolved(ctx context.Context, families ...string) (inside []string, err error) {
	slices.Sort(families)
	for some := range slices.Chunk(slices.Compact(families), destination.AtOnce) {
		resp, err := s.Release.ListInvolvedFamilies(forOurselves(ctx), &familiesv1.ListInvolvedFamiliesRequest{
			People: []string{person(ctx)}, Families: some, Ever: true,
		})
		if err != nil {
			return nil, fmt.Errorf("ask who is involved: %w", err)
		}
		inside = append(inside, resp.GetFamilies()...)
	}
	return inside, nil
}

// seenInquiry is an inquiry as the rules see it when a person asks.
type seenInquiry struct {
	inquiry.Inquiry
	involved bool
}

func inquiryAct(v inquiry.Verb, method string) action.Act[inquiry.State, seenInquiry] {
	return action.Act[inquiry.State, seenInquiry]{
		Verb: string(v), Method: method, In: inquiry.In(v),
		Shut: func(c identity.Caller, i seenInquiry) error { return i.May(v, c.Person, i.involved) },
	}
}

// inquiryProtos writes inquiries, each with what the caller could do with it.
func (s *Server) inquiryProtos(ctx context.Context, list ...inquiry.Inquiry) ([]*disbursementsv1.Inquiry, error) {
	families := make([]string, len(list))
	for i, q := range list {
		families[i] = q.Family
	}
	inside, err := s.everInvolved(ctx, families...)
	if err != nil {
		return nil, err
	}
	protos := make([]*disbursementsv1.Inquiry, len(list))
	for i, q := range list {
		m := &disbursementsv1.Inquiry{
			Name: resource.Inquiry.Of(q.ID), Payment: resource.Payment.Of(q.PaymentID), Family: q.Family,
			Reason: enum.Value[disbursementsv1.InquiryReason](string(q.Reason)), State: enum.Value[disbursementsv1.InquiryState](string(q.State)),
			TakenBy: q.TakenBy, Outcome: enum.Value[disbursementsv1.InquiryOutcome](q.Outcome), OpenedOn: rpc.Day(q.CreatedAt), ClosedOn: q.ClosedOn,
		}
		m.AllowedActions, m.BlockedActions = s.acts.inquiries.Of(identity.From(ctx), seenInquiry{q, slices.Contains(inside, q.Family)})
		protos[i] = m
	}
	return protos, nil
}
