package server

import (
	"context"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ListPolicyVersions lists the versions of a policy, newest first.
func (s *Server) ListPolicyVersions(ctx context.Context, req *disbursementsv1.ListPolicyVersionsRequest) (*disbursementsv1.ListPolicyVersionsResponse, error) {
	kind, err := policyKind("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]agreement.Version, error) {
		return s.Policies.List(ctx, kind, s.acts.policies.Page(identity.From(ctx), p))
	}, agreed.Keys)
	if err != nil {
		return nil, err
	}
	list, err := s.versionProtos(ctx, rows...)
	return &disbursementsv1.ListPolicyVersionsResponse{PolicyVersions: action.Mine(req.GetFilter(), list), NextPageToken: next}, err
}

// GetPolicyVersion reads one version.
func (s *Server) GetPolicyVersion(ctx context.Context, req *disbursementsv1.GetPolicyVersionRequest) (*disbursementsv1.PolicyVersion, error) {
	kind, number, err := policyVersion(req.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Get(ctx, kind, number)
	return s.versionProto(ctx, v, err)
}

// ProposePolicyVersion proposes the next version.
func (s *Server) ProposePolicyVersion(ctx context.Context, req *disbursementsv1.ProposePolicyVersionRequest) (*disbursementsv1.PolicyVersion, error) {
	kind, err := policyKind("parent", req.GetParent())
	if err != nil || kind == resource.Any {
		return nil, fault.Field("parent", fault.FieldNoSuchResource, "must be policies/hands or policies/rounds").With(err)
	}
	p := agreed.Proposal{Kind: kind, Person: person(ctx), EffectiveOn: agreement.Begins(s.Now(), s.Delay)}
	if kind == round.PolicyKind {
		err = s.proposeRounds(&p, req.GetPolicyVersion().GetRounds())
	} else {
		err = s.proposeHands(ctx, &p, req.GetPolicyVersion().GetHands())
	}
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Propose(ctx, p)
	return s.versionProto(ctx, v, err)
}

// proposeHands reads and checks what is proposed for the policy of hands.
func (s *Server) proposeHands(ctx context.Context, p *agreed.Proposal, m *ledgerv1.HandsPolicyContent) error {
	policy, err := handsOf("policyVersion.hands", m, p.EffectiveOn)
	if err != nil {
		return err
	}
	who, err := s.holders(ctx)
	if err != nil {
		return err
	}
	p.EffectiveOn, p.Policy = policy.EffectiveOn, policy
	return policy.Check("policyVersion.hands", s.earliest(), who)
}

// proposeRounds does the same for the policy of rounds.
func (s *Server) proposeRounds(p *agreed.Proposal, m *disbursementsv1.RoundsPolicyContent) error {
	policy, on, err := roundsOf("policyVersion.rounds", m, p.EffectiveOn)
	if err != nil {
		return err
	}
	p.EffectiveOn, p.Policy = on, policy
	return policy.Check("policyVersion.rounds", on, s.earliest())
}

// ConfirmPolicyVersion agrees on a version that another person has proposed.
func (s *Server) ConfirmPolicyVersion(ctx context.Context, req *disbursementsv1.ConfirmPolicyVersionRequest) (*disbursementsv1.PolicyVersion, error) {
	kind, number, err := policyVersion(req.GetName())
	if err != nil {
		return nil, err
	}
	who, err := s.holders(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.Policies.Confirm(ctx, agreed.Confirmation{
		Kind: kind, Number: number, Person: person(ctx),
		May: func(v agreement.Version) error { return mayConfirm(v, person(ctx), s.earliest(), who) },
	})
	return s.versionProto(ctx, v, err)
}

// mayConfirm reports, as a fault, that a person may not confirm a version now. who are
// those who hold the roles.
func mayConfirm(v agreement.Version, person string, earliest time.Time, who hands.Holders) error {
	if err := v.May(agreement.Confirm, person, earliest); err != nil || v.Kind != hands.Kind {
		return err
	}
	var p hands.Policy
	if err := v.Read(&p); err != nil {
		return err
	}
	return who.Check(p)
}

// earliest is the first day on which what is confirmed now may begin.
func (s *Server) earliest() time.Time { return agreement.Earliest(s.Now(), s.Delay) }

// policyKind reads which policy a call is about.
func policyKind(field, name string) (string, error) {
	kind, err := resource.Policy.ID(field, name)
	if err == nil && kind != hands.Kind && kind != round.PolicyKind && kind != resource.Any {
		err = fault.Field(field, fault.FieldNoSuchResource, "must be policies/hands or policies/rounds")
	}
	return kind, err
}

// policyVersion reads the name of a version; what is none names no version.
func policyVersion(name string) (kind string, number int, err error) {
	kind, id, err := resource.PolicyVersion.IDs("name", name)
	if err != nil {
		return "", 0, err
	}
	number, err = agreed.Number(id)
	return kind, number, err
}
