package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// defaultUrgency is taken where none is given.
const defaultUrgency = "NORMAL"

// requestScope is own cases, but every family for a verifier, who decides about what
// others entered, and for an officer, who stands in.
func requestScope(ctx context.Context) family.Scope {
	return casesUnless(ctx, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_PROTECTION_OFFICER)
}

// CreateAidRequest submits a request.
func (s *Server) CreateAidRequest(ctx context.Context, req *familiesv1.CreateAidRequestRequest) (*familiesv1.AidRequest, error) {
	familyID, err := resource.Family.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	r, err := newRequest(familyID, req.GetAidRequest())
	if err != nil {
		return nil, err
	}
	if r, err = s.Households.CreateAidRequest(ctx, ownCases(ctx), r); err != nil {
		return nil, err
	}
	return s.requestProto(ctx, r)
}

func newRequest(familyID string, in *familiesv1.AidRequest) (aidrequest.Request, error) {
	r := aidrequest.Request{FamilyID: familyID, Cycles: int(in.GetCycles())}
	if r.Cycles == 0 {
		r.Cycles = 1
	}
	var err error
	if r.Category, err = enum.RequiredWord("category", in.GetCategory()); err != nil {
		return r, err
	}
	if r.Urgency, err = enum.OptionalWord("urgency", in.GetUrgency()); err != nil {
		return r, err
	}
	if r.Urgency == "" {
		r.Urgency = defaultUrgency
	}
	if r.Amount, err = rpc.Money("amount", in.GetAmount()); err != nil {
		return r, err
	}
	if in.GetMinimum() != nil {
		least, err := rpc.Money("minimum", in.GetMinimum())
		if err != nil {
			return r, err
		}
		if least.Currency != r.Amount.Currency {
			return r, fault.Field("minimum.currencyCode", fault.FieldMismatch, "must be the currency of the amount")
		}
		r.Minimum = least.MinorUnits
	}
	return r, r.Check()
}

// onRequest runs a step with the request of a name and answers how the request is
// then.
func (s *Server) onRequest(ctx context.Context, name string, do func(familyID, id string) (aidrequest.Request, error)) (*familiesv1.AidRequest, error) {
	familyID, id, err := resource.AidRequest.IDs("name", name)
	if err != nil {
		return nil, err
	}
	r, err := do(familyID, id)
	if err != nil {
		return nil, err
	}
	return s.requestProto(ctx, r)
}

// GetAidRequest returns one request.
func (s *Server) GetAidRequest(ctx context.Context, req *familiesv1.GetAidRequestRequest) (*familiesv1.AidRequest, error) {
	return s.onRequest(ctx, req.GetName(), func(familyID, id string) (aidrequest.Request, error) {
		return s.Households.AidRequest(ctx, requestScope(ctx), familyID, id)
	})
}

// ListAidRequests lists requests of one family or of all.
func (s *Server) ListAidRequests(ctx context.Context, req *familiesv1.ListAidRequestsRequest) (*familiesv1.ListAidRequestsResponse, error) {
	familyID := resource.Any
	if parent := req.GetParent(); parent != "" {
		var err error
		if familyID, err = resource.Family.ID("parent", parent); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]aidrequest.Request, error) {
		return s.Households.AidRequests(ctx, requestScope(ctx), familyID, s.acts.requests.Page(identity.From(ctx), p))
	}, func(r aidrequest.Request) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.requestProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &familiesv1.ListAidRequestsResponse{AidRequests: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ApproveAidRequest lets a request be funded.
func (s *Server) ApproveAidRequest(ctx context.Context, req *familiesv1.ApproveAidRequestRequest) (*familiesv1.AidRequest, error) {
	return s.onRequest(ctx, req.GetName(), func(familyID, id string) (r aidrequest.Request, err error) {
		if err := s.standIn(ctx, familyID, "aid request"); err != nil {
			return r, err
		}
		return s.Households.ApproveAidRequest(ctx, person(ctx), familyID, id, req.GetEtag())
	})
}

// RejectAidRequest refuses a request.
func (s *Server) RejectAidRequest(ctx context.Context, req *familiesv1.RejectAidRequestRequest) (*familiesv1.AidRequest, error) {
	reason, err := enum.RequiredWord("reason", req.GetReason())
	if err != nil {
		return nil, err
	}
	return s.onRequest(ctx, req.GetName(), func(familyID, id string) (r aidrequest.Request, err error) {
		if err := s.standIn(ctx, familyID, "aid request"); err != nil {
			return r, err
		}
		return s.Households.RejectAidRequest(ctx, person(ctx), familyID, id, reason)
	})
}

// WithdrawAidRequest takes a request back.
func (s *Server) WithdrawAidRequest(ctx context.Context, req *familiesv1.WithdrawAidRequestRequest) (*familiesv1.AidRequest, error) {
	return s.onRequest(ctx, req.GetName(), func(familyID, id string) (aidrequest.Request, error) {
		return s.Households.WithdrawAidRequest(ctx, ownCases(ctx), familyID, id)
	})
}

func (s *Server) requestProto(ctx context.Context, r aidrequest.Request) (*familiesv1.AidRequest, error) {
	list, err := s.requestProtos(ctx, r)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// requestProtos writes requests, each with what the caller could do with it.
func (s *Server) requestProtos(ctx context.Context, list ...aidrequest.Request) ([]*familiesv1.AidRequest, error) {
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.FamilyID
	}
	standings, err := s.Households.Standings(ctx, ids...)
	if err != nil {
		return nil, err
	}
	in := map[string]caseOf{}
	if onlyOfficer(ctx) {
		if in, err = s.cases(ctx, ids...); err != nil {
			return nil, err
		}
	}
	protos := make([]*familiesv1.AidRequest, len(list))
	for i, r := range list {
		m := requestProto(r)
		m.AllowedActions, m.BlockedActions = s.acts.requests.Of(identity.From(ctx), seenRequest{Request: r, standing: standings[r.FamilyID], in: in[r.FamilyID]})
		protos[i] = m
	}
	return protos, nil
}

func requestProto(r aidrequest.Request) *familiesv1.AidRequest {
	out := &familiesv1.AidRequest{
		Name:     resource.AidRequest.Of(r.FamilyID, r.ID),
		Category: enum.Value[familiesv1.AidCategory](r.Category), Urgency: enum.Value[familiesv1.Urgency](r.Urgency),
		Amount: rpc.MoneyOf(r.Amount), Cycles: int32(r.Cycles),
		State:     enum.Value[familiesv1.AidRequestState](r.State),
		Submitter: r.Submitter, Decider: r.Decider,
		Rejection:  enum.Value[familiesv1.AidRequestRejection](r.Rejection),
		CreateTime: rpc.Moment(r.CreatedAt), Etag: revision.Etag(int64(r.Version)),
	}
	if r.Minimum > 0 {
		out.Minimum = rpc.MoneyOf(money.Amount{MinorUnits: r.Minimum, Currency: r.Amount.Currency})
	}
	for _, c := range r.Progress {
		out.CycleStates = append(out.CycleStates, &familiesv1.AidRequestCycle{
			Cycle: int32(c.Number), State: enum.Value[familiesv1.AidRequestCycleState](c.State), DueMonth: rpc.Month(c.Due),
		})
	}
	return out
}
