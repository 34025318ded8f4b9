package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreateFamily registers a family as the caller's case.
func (s *Server) CreateFamily(ctx context.Context, req *familiesv1.CreateFamilyRequest) (*familiesv1.Family, error) {
	f := req.GetFamily()
	if f == nil {
		return nil, fault.Field("family", fault.FieldRequired, "is required")
	}
	r, err := newRegistration(person(ctx), f)
	if err != nil {
		return nil, err
	}
	registered, err := s.Households.CreateFamily(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.familyProto(ctx, registered)
}

// GetFamily returns pseudonyms and state.
func (s *Server) GetFamily(ctx context.Context, req *familiesv1.GetFamilyRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		return s.Households.Family(ctx, caseScope(ctx), id)
	})
}

// ListFamilies lists what the caller reaches.
func (s *Server) ListFamilies(ctx context.Context, req *familiesv1.ListFamiliesRequest) (*familiesv1.ListFamiliesResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]family.Family, error) {
		return s.Households.Families(ctx, caseScope(ctx), s.acts.families.Page(identity.From(ctx), p))
	}, func(r family.Family) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.familyProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &familiesv1.ListFamiliesResponse{Families: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// onFamily runs a step with the family of a name and answers how the family is then.
func (s *Server) onFamily(ctx context.Context, name string, do func(id string) (family.Family, error)) (*familiesv1.Family, error) {
	familyID, err := resource.Family.ID("name", name)
	if err != nil {
		return nil, err
	}
	f, err := do(familyID)
	if err != nil {
		return nil, err
	}
	return s.familyProto(ctx, f)
}

// SubmitFamily declares a registration complete.
func (s *Server) SubmitFamily(ctx context.Context, req *familiesv1.SubmitFamilyRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		return s.Households.SubmitFamily(ctx, ownCases(ctx), id)
	})
}

// ProposeVerification draws by lot who confirms, among those awake.
func (s *Server) ProposeVerification(ctx context.Context, req *familiesv1.ProposeVerificationRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (f family.Family, err error) {
		awake, err := team.Awake(ctx, s.Access)
		if err != nil {
			return f, err
		}
		return s.Households.ProposeVerification(ctx, ownCases(ctx), id, awake)
	})
}

// RedrawVerification draws anew for somebody who says that it must not be they.
func (s *Server) RedrawVerification(ctx context.Context, req *familiesv1.RedrawVerificationRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (f family.Family, err error) {
		awake, err := team.Awake(ctx, s.Access)
		if err != nil {
			return f, err
		}
		return s.Households.NotMe(ctx, person(ctx), id, awake)
	})
}

// ConfirmVerification makes a family VERIFIED.
func (s *Server) ConfirmVerification(ctx context.Context, req *familiesv1.ConfirmVerificationRequest) (*familiesv1.Family, error) {
	check, err := enum.OptionalWord("independentCheck", req.GetIndependentCheck())
	if err != nil {
		return nil, err
	}
	return s.decide(ctx, req.GetName(), verification.Confirmed, check)
}

// RejectVerification makes a family REJECTED.
func (s *Server) RejectVerification(ctx context.Context, req *familiesv1.RejectVerificationRequest) (*familiesv1.Family, error) {
	return s.decide(ctx, req.GetName(), verification.Rejected, "")
}

// RequestInfo sends a family back as NEEDS_INFO.
func (s *Server) RequestInfo(ctx context.Context, req *familiesv1.RequestInfoRequest) (*familiesv1.Family, error) {
	return s.decide(ctx, req.GetName(), verification.Returned, "")
}

func (s *Server) decide(ctx context.Context, name string, outcome verification.Outcome, check string) (*familiesv1.Family, error) {
	return s.onFamily(ctx, name, func(id string) (family.Family, error) {
		return s.Households.DecideVerification(ctx, person(ctx), id, outcome, check)
	})
}

// SuspendFamily holds a family back.
func (s *Server) SuspendFamily(ctx context.Context, req *familiesv1.SuspendFamilyRequest) (*familiesv1.Family, error) {
	reason, err := enum.RequiredWord("reason", req.GetReason())
	if err != nil {
		return nil, err
	}
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		scope := casesUnless(ctx, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_PROTECTION_OFFICER)
		return s.Households.SuspendFamily(ctx, scope, id, family.Reason(reason))
	})
}

// ReinstateFamily lifts a suspension.
func (s *Server) ReinstateFamily(ctx context.Context, req *familiesv1.ReinstateFamilyRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		return s.Households.ReinstateFamily(ctx, all(ctx), id)
	})
}

func (s *Server) familyProto(ctx context.Context, f family.Family) (*familiesv1.Family, error) {
	list, err := s.familyProtos(ctx, f)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// familyProtos writes families, each with what the caller could do with it.
func (s *Server) familyProtos(ctx context.Context, list ...family.Family) ([]*familiesv1.Family, error) {
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	standings, err := s.Households.Standings(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var now team.Team
	if identity.From(ctx).Has(policyv1.Role_ROLE_PROTECTION_OFFICER) && len(list) > 0 {
		if now, err = team.Ask(ctx, s.Access); err != nil {
			return nil, err
		}
	}
	protos := make([]*familiesv1.Family, len(list))
	for i, f := range list {
		m := familyProto(f)
		m.AllowedActions, m.BlockedActions = s.acts.families.Of(identity.From(ctx), seenFamily{Family: f, standing: standings[f.ID], now: s.Now(), caseworkers: now.Caseworkers})
		protos[i] = m
	}
	return protos, nil
}

func familyProto(f family.Family) *familiesv1.Family {
	return &familiesv1.Family{
		Name: resource.Family.Of(f.ID), State: enum.Value[familiesv1.FamilyState](f.State), Owner: f.Owner, Deputy: f.Deputy, LockedBy: f.LockedBy, HeldFor: f.HeldFor,
		IndependentCheck: enum.Value[familiesv1.IndependentCheck](f.Check), Unseen: f.Seen && f.Check == "",
		Proposer: f.Proposer, Confirmer: f.Confirmer, OfficerStandsIn: f.StandsIn,
		CreateTime: rpc.Moment(f.CreatedAt), UpdateTime: rpc.Moment(f.UpdatedAt), Etag: revision.Etag(f.Revision()),
	}
}
