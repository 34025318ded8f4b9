package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// ListPolicyVersions lists the versions of a policy, newest first.
func (s *Server) ListPolicyVersions(ctx context.Context, req *disbursementsv1.ListPolicyVersionsRequest) (*disbursementsv1.ListPolicyVersionsResponse, error) {
	kind, err := policyKind("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]hands.Version, error) {
		return s.Store.PolicyVersions(ctx, kind, s.acts.policies.Page(identity.From(ctx), p))
	}, func(v hands.Version) []string {
		return append(page.At(v.Created, hands.Kind), page.Numbered(int64(v.Number))...)
	})
	if err != nil {
		return nil, err
	}
	list := s.versionProtos(ctx, rows...)
	return &disbursementsv1.ListPolicyVersionsResponse{PolicyVersions: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// GetPolicyVersion reads one version.
func (s *Server) GetPolicyVersion(ctx context.Context, req *disbursementsv1.GetPolicyVersionRequest) (*disbursementsv1.PolicyVersion, error) {
	number, err := policyNumber(req.GetName())
	if err != nil {
		return nil, err
	}
	return s.policyVersion(ctx, number)
}

// ProposePolicyVersion proposes the next version.
func (s *Server) ProposePolicyVersion(ctx context.Context, req *disbursementsv1.ProposePolicyVersionRequest) (*disbursementsv1.PolicyVersion, error) {
	if kind, err := policyKind("parent", req.GetParent()); err != nil || kind == resource.Any {
		return nil, fault.Field("parent", fault.FieldNoSuchResource, "must be policies/hands").With(err)
	}
	p, err := policyOf("policyVersion.hands", req.GetPolicyVersion().GetHands(), hands.Earliest(s.Now(), s.Delay+s.confirming()))
	if err != nil {
		return nil, err
	}
	who, err := s.holders(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.Check("policyVersion.hands", hands.Earliest(s.Now(), s.Delay), who); err != nil {
		return nil, err
	}
	id, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if id, err = s.propose(ctx, p); err != nil {
			return nil, err
		}
	}
	number, err := strconv.Atoi(id)
	if err != nil {
		return nil, fmt.Errorf("read number of policy version: %w", err)
	}
	return s.policyVersion(ctx, number)
}

// confirming is for how long a proposal that names no day can be confirmed.
func (s *Server) confirming() time.Duration {
	if s.Delay == 0 {
		return 0
	}
	return hands.Confirming
}

// tries bounds how many numbers a proposal goes past that others have taken.
const tries = 20

// propose records a proposal under the next number that nobody has taken in the log: a
// leaf whose row was never written has one for ever.
func (s *Server) propose(ctx context.Context, p hands.Policy) (string, error) {
	next, err := s.Store.NextPolicy(ctx)
	if err != nil {
		return "", err
	}
	for number := next; ; number++ {
		step, err := policyStep(number, p)
		if err != nil {
			return "", err
		}
		leaf, err := s.record(ctx, posting.PolicyProposed(step))
		if fault.Is(err, fault.ReasonReferenceConflict) && number < next+tries {
			continue
		}
		if err != nil {
			return "", err
		}
		return s.Store.ProposePolicy(ctx, store.PolicyStep{Number: number, Person: person(ctx), Policy: p, Sequence: leaf.Sequence})
	}
}

// ConfirmPolicyVersion agrees on a version that another person has proposed.
func (s *Server) ConfirmPolicyVersion(ctx context.Context, req *disbursementsv1.ConfirmPolicyVersionRequest) (*disbursementsv1.PolicyVersion, error) {
	number, err := policyNumber(req.GetName())
	if err != nil {
		return nil, err
	}
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if err := s.confirm(ctx, number); err != nil {
			return nil, err
		}
	}
	return s.policyVersion(ctx, number)
}

func (s *Server) confirm(ctx context.Context, number int) error {
	who, err := s.holders(ctx)
	if err != nil {
		return err
	}
	may := func(v hands.Version) error {
		return v.May(hands.Confirm, person(ctx), hands.Earliest(s.Now(), s.Delay), who)
	}
	v, err := s.Store.PolicyVersion(ctx, number)
	if err != nil {
		return err
	}
	if err := may(v); err != nil {
		return err
	}
	step, err := policyStep(number, v.Policy)
	if err != nil {
		return err
	}
	leaf, err := s.record(ctx, posting.PolicyConfirmed(step))
	if err != nil {
		return err
	}
	return s.Store.ConfirmPolicy(ctx, store.PolicyStep{Number: number, Person: person(ctx), Sequence: leaf.Sequence}, may)
}

// policyStep is a version as decisions are about it.
func policyStep(number int, p hands.Policy) (posting.PolicyVersion, error) {
	content, err := store.PolicyContent(p)
	commitment := sha256.Sum256(content)
	return posting.PolicyVersion{Policy: hands.Kind, Number: number, Commitment: commitment[:], Hands: handsProto(p)}, err
}

func (s *Server) policyVersion(ctx context.Context, number int) (*disbursementsv1.PolicyVersion, error) {
	v, err := s.Store.PolicyVersion(ctx, number)
	if err != nil {
		return nil, err
	}
	return s.versionProtos(ctx, v)[0], nil
}

// policyKind reads which policy a call is about.
func policyKind(field, name string) (string, error) {
	kind, err := resource.Policy.ID(field, name)
	if err == nil && kind != hands.Kind && kind != resource.Any {
		err = fault.Field(field, fault.FieldNoSuchResource, "must be policies/hands")
	}
	return kind, err
}

// policyNumber reads the number of a version; what is none names no version.
func policyNumber(name string) (int, error) {
	kind, id, err := resource.PolicyVersion.IDs("name", name)
	if err != nil {
		return 0, err
	}
	number, err := strconv.Atoi(id)
	if err != nil || kind != hands.Kind || strconv.Itoa(number) != id || number > 1<<30 {
		return 0, fault.Missing("policy version")
	}
	return number, nil
}
