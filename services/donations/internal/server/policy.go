package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
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

// ListDonationPolicies lists the versions, newest first.
func (s *Server) ListDonationPolicies(ctx context.Context, req *donationsv1.ListDonationPoliciesRequest) (*donationsv1.ListDonationPoliciesResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]agreement.Version, error) {
		return s.Policies.List(ctx, rules.Kind, s.acts.policies.Page(identity.From(ctx), p))
	}, agreed.Keys)
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListDonationPoliciesResponse{NextPageToken: next}
	for _, v := range rows {
		m, err := s.policyProto(ctx, v, nil)
		if err != nil {
			return nil, err
		}
		resp.DonationPolicies = append(resp.DonationPolicies, m)
	}
	resp.DonationPolicies = action.Mine(req.GetFilter(), resp.DonationPolicies)
	return resp, nil
}

// GetDonationPolicy reads one version.
func (s *Server) GetDonationPolicy(ctx context.Context, req *donationsv1.GetDonationPolicyRequest) (*donationsv1.DonationPolicy, error) {
	number, err := policyNumber(req.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Get(ctx, rules.Kind, number)
	return s.policyProto(ctx, v, err)
}

// ProposeDonationPolicy proposes the next version.
func (s *Server) ProposeDonationPolicy(ctx context.Context, req *donationsv1.ProposeDonationPolicyRequest) (*donationsv1.DonationPolicy, error) {
	const field = "donationPolicy"
	on, err := agreed.Day(field+".effectiveOn", req.GetDonationPolicy().GetEffectiveOn(), agreement.Begins(s.now(), s.Delay))
	if err != nil {
		return nil, err
	}
	p := policyOf(req.GetDonationPolicy())
	if err := p.Check(field, on, s.earliest()); err != nil {
		return nil, err
	}
	v, err := s.Policies.Propose(ctx, agreed.Proposal{Kind: rules.Kind, Person: identity.From(ctx).Person, EffectiveOn: on, Policy: p})
	return s.policyProto(ctx, v, err)
}

// ConfirmDonationPolicy agrees on a version that another person has proposed.
func (s *Server) ConfirmDonationPolicy(ctx context.Context, req *donationsv1.ConfirmDonationPolicyRequest) (*donationsv1.DonationPolicy, error) {
	number, err := policyNumber(req.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Confirm(ctx, agreed.Confirmation{
		Kind: rules.Kind, Number: number, Person: identity.From(ctx).Person,
		May: func(v agreement.Version) error {
			return v.May(agreement.Confirm, identity.From(ctx).Person, s.earliest())
		},
	})
	return s.policyProto(ctx, v, err)
}

// earliest is the first day on which what is confirmed now may begin.
func (s *Server) earliest() time.Time { return agreement.Earliest(s.now(), s.Delay) }

// policyNumber reads the number of a version out of its name.
func policyNumber(name string) (int, error) {
	id, err := resource.DonationPolicy.ID("name", name)
	if err != nil {
		return 0, err
	}
	return agreed.Number(id)
}

// PolicyLeaves are what the two steps of a version are to the ledger: its books go by
// nothing of it.
func PolicyLeaves(v agreement.Version) (proposed, confirmed *ledgerv1.DecisionDraft, err error) {
	proposed, confirmed = posting.PolicySteps(posting.PolicyVersion{
		Name: resource.DonationPolicy.Of(v.ID()), Commitment: v.Commitment(), Content: posting.Policy(rpc.Day(v.EffectiveOn)),
	})
	return proposed, confirmed, nil
}

// policyProto writes a version, with what the caller could do with it; err is of its
// reading.
func (s *Server) policyProto(ctx context.Context, v agreement.Version, err error) (*donationsv1.DonationPolicy, error) {
	if err != nil {
		return nil, err
	}
	var p rules.Policy
	if err := v.Read(&p); err != nil {
		return nil, err
	}
	m := &donationsv1.DonationPolicy{
		Name: resource.DonationPolicy.Of(v.ID()), State: enum.Value[typev1.PolicyVersionState](v.State), InForce: v.InForce,
		EffectiveOn: rpc.Day(v.EffectiveOn), ProposedBy: v.ProposedBy, ConfirmedBy: v.ConfirmedBy, CreateTime: rpc.Moment(v.Created),
	}
	if v.Confirmed != nil {
		m.ConfirmTime = rpc.Moment(*v.Confirmed)
	}
	m.ClearingDays, m.LongClearingDays, m.NewPartnerDays = int32(p.ClearingDays), int32(p.LongClearingDays), int32(p.NewPartnerDays)
	m.BlockedCountries = p.Blocked
	for _, a := range p.LargeGifts {
		m.LargeGifts = append(m.LargeGifts, rpc.MoneyOf(a))
	}
	m.ReserveBasisPoints, m.OperationsBasisPoints = proto.Int32(int32(p.ReserveShare)), proto.Int32(int32(p.OperationsShare)) // both at most 1000
	for _, a := range p.PartnerRefunds {
		m.PartnerRefundsADay = append(m.PartnerRefundsADay, rpc.MoneyOf(a))
	}
	m.AllowedActions, m.BlockedActions = s.acts.policies.Of(identity.From(ctx), seenPolicy{v, s.earliest()})
	return m, nil
}

// policyOf reads what is proposed. Whether it is within bounds is for Policy.Check.
func policyOf(m *donationsv1.DonationPolicy) rules.Policy {
	p := rules.Policy{
		ClearingDays: int(m.GetClearingDays()), LongClearingDays: int(m.GetLongClearingDays()), NewPartnerDays: int(m.GetNewPartnerDays()),
		Blocked: m.GetBlockedCountries(), LargeGifts: amountsOf(m.GetLargeGifts()), PartnerRefunds: amountsOf(m.GetPartnerRefundsADay()),
		ReserveShare: int64(m.GetReserveBasisPoints()), OperationsShare: rules.Printed().OperationsShare,
	}
	if m != nil && m.OperationsBasisPoints != nil {
		p.OperationsShare = int64(m.GetOperationsBasisPoints())
	}
	return p
}

func amountsOf(list []*typev1.Money) (amounts []money.Amount) {
	for _, a := range list {
		amounts = append(amounts, money.Amount{MinorUnits: a.GetMinorUnits(), Currency: a.GetCurrencyCode()})
	}
	return amounts
}
