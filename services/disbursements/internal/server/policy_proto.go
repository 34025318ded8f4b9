package server

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Standing is what of the ledger is asked about people.
type Standing interface {
	ListStandings(ctx context.Context, req *ledgerv1.ListStandingsRequest, opts ...grpc.CallOption) (*ledgerv1.ListStandingsResponse, error)
}

// holders counts who holds the roles of the money desk, by the ledger's leaves.
func (s *Server) holders(ctx context.Context) (h hands.Holders, err error) {
	resp, err := s.Standing.ListStandings(forOurselves(ctx), &ledgerv1.ListStandingsRequest{})
	if err != nil {
		return h, fmt.Errorf("ask who holds which role: %w", err)
	}
	for _, p := range resp.GetStandings() {
		roles := map[policyv1.Role]bool{}
		for _, g := range p.GetGrants() {
			roles[g.GetRole()] = true
		}
		switch treasurer, approver := roles[policyv1.Role_ROLE_TREASURER], roles[policyv1.Role_ROLE_APPROVER]; {
		case treasurer && approver:
			h.Both++
		case treasurer:
			h.Treasurers++
		case approver:
			h.Approvers++
		}
	}
	return h, nil
}

// seenVersion is a version as the rules see it when a person asks.
type seenVersion struct {
	agreement.Version
	earliest time.Time
	who      func() (hands.Holders, error)
}

func (v seenVersion) may(person string) error {
	if v.State != agreement.Proposed || v.Kind != hands.Kind {
		return mayConfirm(v.Version, person, v.earliest, hands.Holders{})
	}
	who, err := v.who()
	if err != nil {
		return err
	}
	return mayConfirm(v.Version, person, v.earliest, who)
}

// versionProto writes one version; err is of its reading.
func (s *Server) versionProto(ctx context.Context, v agreement.Version, err error) (*disbursementsv1.PolicyVersion, error) {
	if err != nil {
		return nil, err
	}
	list, err := s.versionProtos(ctx, v)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// versionProtos writes versions, each with what the caller could do with it.
func (s *Server) versionProtos(ctx context.Context, list ...agreement.Version) ([]*disbursementsv1.PolicyVersion, error) {
	who := sync.OnceValues(func() (hands.Holders, error) { return s.holders(ctx) })
	protos := make([]*disbursementsv1.PolicyVersion, len(list))
	for i, v := range list {
		m := &disbursementsv1.PolicyVersion{
			Name: resource.PolicyVersion.Of(v.Kind, strconv.Itoa(v.Number)), State: enum.Value[typev1.PolicyVersionState](v.State), InForce: v.InForce,
			ProposedBy: v.ProposedBy, ConfirmedBy: v.ConfirmedBy, CreateTime: rpc.Moment(v.Created), ConfirmTime: optionalMoment(v.Confirmed),
		}
		leaf, err := versionLeaf(v)
		if err != nil {
			return nil, err
		}
		if m.Content = (&disbursementsv1.PolicyVersion_Hands{Hands: leaf.GetHandsPolicy()}); v.Kind == round.PolicyKind {
			rounds, err := roundsProto(v)
			if err != nil {
				return nil, err
			}
			m.Content = &disbursementsv1.PolicyVersion_Rounds{Rounds: rounds}
		}
		m.AllowedActions, m.BlockedActions = s.acts.policies.Of(identity.From(ctx), seenVersion{v, s.earliest(), who})
		protos[i] = m
	}
	return protos, nil
}

// PolicyLeaves are what the two steps of a version are to the ledger.
func PolicyLeaves(v agreement.Version) (proposed, confirmed *ledgerv1.DecisionDraft, err error) {
	content, err := versionLeaf(v)
	proposed, confirmed = posting.PolicySteps(posting.PolicyVersion{
		Name: resource.PolicyVersion.Of(v.Kind, strconv.Itoa(v.Number)), Commitment: v.Commitment(), Content: content,
	})
	return proposed, confirmed, err
}

// versionLeaf is what the leaves of a version say.
func versionLeaf(v agreement.Version) (*ledgerv1.DecisionContent, error) {
	if v.Kind == round.PolicyKind {
		var p round.Policy
		err := v.Read(&p)
		return roundsLeaf(p, v.EffectiveOn), err
	}
	p := hands.Policy{EffectiveOn: v.EffectiveOn}
	err := v.Read(&p)
	return handsLeaf(p), err
}

// handsLeaf is what a version of the policy of hands says, in the contract's words.
func handsLeaf(p hands.Policy) *ledgerv1.DecisionContent {
	m := &ledgerv1.HandsPolicyContent{EffectiveOn: rpc.Day(p.EffectiveOn), ApprovalDays: int32(p.ApprovalDays)}
	for _, c := range p.Currencies {
		currency := &ledgerv1.HandsOfCurrency{
			CurrencyCode: c.Code, CashCap: c.CashCap, EmergencyFamilyCap: c.FamilyCap, EmergencyMonthCap: c.MonthCap,
		}
		for _, r := range c.Rows {
			currency.Rows = append(currency.Rows, &ledgerv1.HandsRow{UpTo: r.UpTo, Persons: int32(r.Persons), WaitDays: int32(r.WaitDays)})
		}
		m.Currencies = append(m.Currencies, currency)
	}
	return posting.HandsPolicy(m)
}

// handsOf reads what is proposed; what names no day begins on the given one. Whether
// it can be lived by is for Policy.Check.
func handsOf(field string, m *ledgerv1.HandsPolicyContent, begins time.Time) (p hands.Policy, err error) {
	if m == nil {
		return p, fault.Field(field, fault.FieldRequired, "must be given")
	}
	p = hands.Policy{EffectiveOn: begins, ApprovalDays: int(m.GetApprovalDays())}
	if m.GetEffectiveOn() != "" {
		if p.EffectiveOn, err = rpc.ParseDay(field+".effectiveOn", m.GetEffectiveOn()); err != nil {
			return p, err
		}
	}
	for _, c := range m.GetCurrencies() {
		currency := hands.Currency{
			Code: c.GetCurrencyCode(), CashCap: c.GetCashCap(), FamilyCap: c.GetEmergencyFamilyCap(), MonthCap: c.GetEmergencyMonthCap(),
		}
		for _, r := range c.GetRows() {
			currency.Rows = append(currency.Rows, hands.Row{UpTo: r.GetUpTo(), Persons: int(r.GetPersons()), WaitDays: int(r.GetWaitDays())})
		}
		p.Currencies = append(p.Currencies, currency)
	}
	return p, nil
}
