package server

import (
	"context"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// ListFamilyPolicies lists the versions, newest first.
func (s *Server) ListFamilyPolicies(ctx context.Context, req *familiesv1.ListFamilyPoliciesRequest) (*familiesv1.ListFamilyPoliciesResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]agreement.Version, error) {
		return s.Policies.List(ctx, rules.Kind, s.acts.policies.Page(identity.From(ctx), p))
	}, agreed.Keys)
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListFamilyPoliciesResponse{NextPageToken: next}
	for _, v := range rows {
		m, err := s.policyProto(ctx, v, nil)
		if err != nil {
			return nil, err
		}
		resp.FamilyPolicies = append(resp.FamilyPolicies, m)
	}
	resp.FamilyPolicies = action.Mine(req.GetFilter(), resp.FamilyPolicies)
	return resp, nil
}

// GetFamilyPolicy reads one version.
func (s *Server) GetFamilyPolicy(ctx context.Context, req *familiesv1.GetFamilyPolicyRequest) (*familiesv1.FamilyPolicy, error) {
	number, err := policyNumber(req.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Get(ctx, rules.Kind, number)
	return s.policyProto(ctx, v, err)
}

// ProposeFamilyPolicy proposes the next version.
func (s *Server) ProposeFamilyPolicy(ctx context.Context, req *familiesv1.ProposeFamilyPolicyRequest) (*familiesv1.FamilyPolicy, error) {
	const field = "familyPolicy"
	on, err := agreed.Day(field+".effectiveOn", req.GetFamilyPolicy().GetEffectiveOn(), agreement.Begins(s.Now(), s.Delay))
	if err != nil {
		return nil, err
	}
	p := rules.Policy{ReverifyDays: int(req.GetFamilyPolicy().GetReverifyDays())}
	for _, c := range req.GetFamilyPolicy().GetUnseenCaps() {
		p.UnseenCaps = append(p.UnseenCaps, money.Amount{MinorUnits: c.GetMinorUnits(), Currency: c.GetCurrencyCode()})
	}
	if err := p.Check(field, on, s.earliest()); err != nil {
		return nil, err
	}
	v, err := s.Policies.Propose(ctx, agreed.Proposal{Kind: rules.Kind, Person: person(ctx), EffectiveOn: on, Policy: p})
	return s.policyProto(ctx, v, err)
}

// ConfirmFamilyPolicy agrees on a version that another person has proposed.
func (s *Server) ConfirmFamilyPolicy(ctx context.Context, req *familiesv1.ConfirmFamilyPolicyRequest) (*familiesv1.FamilyPolicy, error) {
	number, err := policyNumber(req.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Confirm(ctx, agreed.Confirmation{
		Kind: rules.Kind, Number: number, Person: person(ctx),
		May: func(v agreement.Version) error { return v.May(agreement.Confirm, person(ctx), s.earliest()) },
	})
	return s.policyProto(ctx, v, err)
}

// earliest is the first day on which what is confirmed now may begin.
func (s *Server) earliest() time.Time { return agreement.Earliest(s.Now(), s.Delay) }

// policyNumber reads the number of a version out of its name.
func policyNumber(name string) (int, error) {
	id, err := resource.FamilyPolicy.ID("name", name)
	if err != nil {
		return 0, err
	}
	return agreed.Number(id)
}

// PolicyLeaves are what the two steps of a version are to the ledger: its books go by
// nothing of it.
func PolicyLeaves(v agreement.Version) (proposed, confirmed *ledgerv1.DecisionDraft, err error) {
	proposed, confirmed = posting.PolicySteps(posting.PolicyVersion{
		Name: resource.FamilyPolicy.Of(v.ID()), Commitment: v.Commitment(), Content: posting.Policy(rpc.Day(v.EffectiveOn)),
	})
	return proposed, confirmed, nil
}

// policyProto writes a version, with what the caller could do with it; err is of its
// reading.
func (s *Server) policyProto(ctx context.Context, v agreement.Version, err error) (*familiesv1.FamilyPolicy, error) {
	if err != nil {
		return nil, err
	}
	var p rules.Policy
	if err := v.Read(&p); err != nil {
		return nil, err
	}
	m := &familiesv1.FamilyPolicy{
		Name: resource.FamilyPolicy.Of(v.ID()), State: enum.Value[typev1.PolicyVersionState](v.State), InForce: v.InForce,
		EffectiveOn: rpc.Day(v.EffectiveOn), ProposedBy: v.ProposedBy, ConfirmedBy: v.ConfirmedBy, CreateTime: rpc.Moment(v.Created),
	}
	if v.Confirmed != nil {
		m.ConfirmTime = rpc.Moment(*v.Confirmed)
	}
	m.ReverifyDays = int32(p.ReverifyAfter())
	for _, c := range p.UnseenCaps {
		m.UnseenCaps = append(m.UnseenCaps, rpc.MoneyOf(c))
	}
	m.AllowedActions, m.BlockedActions = s.acts.policies.Of(identity.From(ctx), seenPolicy{v, s.earliest()})
	return m, nil
}
