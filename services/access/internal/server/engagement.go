package server

import (
	"context"
	"fmt"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetEngagement reads an engagement.
func (s *Server) GetEngagement(ctx context.Context, req *accessv1.GetEngagementRequest) (*accessv1.Engagement, error) {
	e, err := s.engagement(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	return s.engagementProto(ctx, e, s.look(ctx)), nil
}

func (s *Server) engagement(ctx context.Context, name string) (staff.Engagement, error) {
	person, id, err := resource.Engagement.IDs("name", name)
	if err != nil {
		return staff.Engagement{}, err
	}
	return s.Store.Engagement(ctx, person, id)
}

// ListEngagements answers with a page of engagements.
func (s *Server) ListEngagements(ctx context.Context, req *accessv1.ListEngagementsRequest) (*accessv1.ListEngagementsResponse, error) {
	id, err := resource.Staff.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if _, err := s.Store.ByID(ctx, id, s.Now()); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]staff.Engagement, error) {
		return s.Store.Engagements(ctx, id, s.acts.engagements.Page(identity.From(ctx), p))
	}, func(e staff.Engagement) []string { return page.At(e.Created, e.ID) })
	if err != nil {
		return nil, err
	}
	resp, eyes := &accessv1.ListEngagementsResponse{NextPageToken: next}, s.look(ctx)
	for _, e := range rows {
		resp.Engagements = append(resp.Engagements, s.engagementProto(ctx, e, eyes))
	}
	resp.Engagements = action.Mine(req.GetFilter(), resp.GetEngagements())
	return resp, nil
}

// ProposeEngagement proposes what somebody else may look at. The row comes first, so that
// a repeat asks the ledger about the same one; it gives nothing before its leaves.
func (s *Server) ProposeEngagement(ctx context.Context, req *accessv1.ProposeEngagementRequest) (*accessv1.Engagement, error) {
	person, by, err := about(ctx, req.GetParent())
	if f := fault.As(err); f != nil {
		return nil, fault.Field("parent", fault.FieldMalformed, f.Violations[0].Description)
	}
	if by == person {
		return nil, fault.SamePerson("propose an engagement for themselves")
	}
	terms, err := termsOf(req.GetEngagement())
	if err != nil {
		return nil, err
	}
	draft, err := staff.NewEngagement(person, by, terms, s.Now())
	if err != nil {
		return nil, err
	}
	m, err := s.Store.ByID(ctx, person, s.Now())
	if err != nil {
		return nil, err
	}
	if err := m.CheckEnrolled(); err != nil {
		return nil, err
	}
	e, err := s.Store.ProposeEngagement(ctx, draft, s.Now())
	if err != nil {
		return nil, err
	}
	if !e.Proposed {
		sequences, err := s.record(ctx, posting.Engaged(engagementLeaf(e), by))
		if err != nil {
			return nil, err
		}
		if err := s.Store.EngagementProposed(ctx, e.ID, sequences[0]); err != nil {
			return nil, err
		}
	}
	return s.GetEngagement(ctx, &accessv1.GetEngagementRequest{Name: e.Name})
}

// ConfirmEngagement confirms what another officer proposed.
func (s *Server) ConfirmEngagement(ctx context.Context, req *accessv1.ConfirmEngagementRequest) (*accessv1.Engagement, error) {
	e, err := s.engagement(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.CheckConfirm(by, s.Now()); err != nil {
		return nil, err
	}
	if e.State == staff.EngagementProposed {
		sequences, err := s.record(ctx, posting.Engaged(engagementLeaf(e), by))
		if err != nil {
			return nil, err
		}
		if err := s.Store.EngagementConfirmed(ctx, e.ID, by, sequences[0]); err != nil {
			return nil, err
		}
		s.known.forget()
	}
	return s.GetEngagement(ctx, &accessv1.GetEngagementRequest{Name: e.Name})
}

// EndEngagement ends one: first here, then in the log.
func (s *Server) EndEngagement(ctx context.Context, req *accessv1.EndEngagementRequest) (*accessv1.Engagement, error) {
	e, err := s.engagement(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.EndEngagement(ctx, e.ID); err != nil {
		return nil, err
	}
	s.known.forget()
	if e.Proposed && !e.EndLeaf && by != e.Staff {
		if err := s.recordEnd(ctx, e, by); err != nil {
			s.Log.WarnContext(ctx, "the leaf of an engagement's end is missing; end it again", "engagement", e.ID, "error", err)
		}
	}
	return s.GetEngagement(ctx, &accessv1.GetEngagementRequest{Name: e.Name})
}

func (s *Server) recordEnd(ctx context.Context, e staff.Engagement, by string) error {
	ended := engagementLeaf(e)
	ended.Commitment = e.EndCommitment()
	sequences, err := s.recordSoon(ctx, posting.EngagementEnded(ended, by))
	if err != nil {
		return err
	}
	return s.Store.EngagementEnded(ctx, e.ID, sequences[0])
}

func engagementLeaf(e staff.Engagement) posting.Engagement {
	return posting.Engagement{ID: e.ID, Staff: e.Staff, From: e.From, Until: e.Until, Commitment: e.Commitment()}
}

// termsOf reads what is proposed. Its faults name the fields.
func termsOf(m *accessv1.Engagement) (identity.Terms, error) {
	t := identity.Terms{Firm: m.GetFirm(), Until: m.GetUntil(), First: m.GetFirstDay(), Last: m.GetLastDay()}
	for _, day := range []struct{ field, text string }{
		{"until", m.GetUntil()}, {"firstDay", m.GetFirstDay()}, {"lastDay", m.GetLastDay()},
	} {
		if day.text == "" && day.field != "until" {
			continue
		}
		if _, err := rpc.ParseDay("engagement."+day.field, day.text); err != nil {
			return t, err
		}
	}
	for i, fund := range m.GetFunds() {
		if _, err := resource.Fund.ID(fmt.Sprintf("engagement.funds[%d]", i), fund); err != nil {
			return t, err
		}
		t.Funds = append(t.Funds, fund)
	}
	return t, nil
}

func (s *Server) engagementProto(ctx context.Context, e staff.Engagement, l look) *accessv1.Engagement {
	out := &accessv1.Engagement{
		Name: e.Name, State: enum.Value[accessv1.EngagementState](e.State), Firm: e.Firm, From: e.From, Until: e.Until,
		FirstDay: e.First, LastDay: e.Last, Funds: e.Funds, Proposer: nameOf(e.Proposer), Confirmer: nameOf(e.Confirmer),
		CreateTime: rpc.Moment(e.Created),
	}
	out.AllowedActions, out.BlockedActions = s.acts.engagements.Of(identity.From(ctx), seenEngagement{e, l})
	return out
}

func termsProto(e staff.Engagement) *accessv1.Terms {
	return &accessv1.Terms{
		Name: e.Name, Firm: e.Firm, From: e.From, Until: e.Until, FirstDay: e.First, LastDay: e.Last, Funds: e.Funds,
	}
}

// engaged returns what an auditor may look at now, by a row whose leaves stand in the
// log; nil where that is nothing.
func (s *Server) engaged(ctx context.Context, m staff.Member, said *ledgerv1.Standing) (*accessv1.Terms, error) {
	rows, err := s.Store.EngagementsNow(ctx, m.ID, s.Now())
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		commitment := e.Commitment()
		if s.trustRows || slices.ContainsFunc(said.GetEngagements(), func(c []byte) bool { return string(c) == string(commitment) }) {
			return termsProto(e), nil
		}
		s.alarm(ctx, "engagements", e.ID)
	}
	return nil, nil
}
