package server

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// pageSize is how many cycles one call reserves or gives back: with the questions for
// their leaves a call stays well within its ten seconds and 256 KiB.
const pageSize = 500

// ListFundableRequests lists what allocation may see.
func (s *Server) ListFundableRequests(ctx context.Context, req *familiesv1.ListFundableRequestsRequest) (*familiesv1.ListFundableRequestsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]aidrequest.Fundable, error) {
		return s.Households.Fundable(ctx, p)
	}, func(r aidrequest.Fundable) []string { return []string{r.Request.FamilyID, r.Request.ID} })
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListFundableRequestsResponse{NextPageToken: next}
	for _, row := range rows {
		if !row.Undecided {
			resp.FundableRequests = append(resp.FundableRequests, fundableProto(row))
		}
	}
	return resp, nil
}

func fundableProto(f aidrequest.Fundable) *familiesv1.FundableRequest {
	r := f.Request
	out := &familiesv1.FundableRequest{
		AidRequest: resource.AidRequest.Of(r.FamilyID, r.ID), Family: resource.Family.Of(r.FamilyID),
		Cycle: int32(f.Cycle.Number), Part: int32(f.Cycle.Part),
		Tier: int32(aidrequest.Tier(r.Category, r.Urgency)), Weight: int32(aidrequest.Weight(f.Family.Children)),
		Cap:          rpc.MoneyOf(r.Amount),
		WaitingSince: rpc.Month(f.ApprovedAt), Running: f.Running,
		Attributes: attributesProto(f),
	}
	if r.Minimum > 0 {
		out.Minimum = rpc.MoneyOf(money.Amount{MinorUnits: r.Minimum, Currency: r.Amount.Currency})
	}
	return out
}

// attributesProto writes what rules may look at.
func attributesProto(f aidrequest.Fundable) *familiesv1.RequestAttributes {
	return &familiesv1.RequestAttributes{
		Category: enum.Value[familiesv1.AidCategory](f.Request.Category), Urgency: enum.Value[familiesv1.Urgency](f.Request.Urgency),
		Prisoner: &familiesv1.PrisonerAttributes{Status: enum.Value[familiesv1.PrisonerStatus](f.PrisonerStatus)},
		Family: &familiesv1.FamilyAttributes{
			Children: int32(f.Family.Children), Elderly: f.Family.Elderly, CountryCode: f.Family.Country,
		},
	}
}

// ReserveRequests reserves cycles for a round.
func (s *Server) ReserveRequests(ctx context.Context, req *familiesv1.ReserveRequestsRequest) (*familiesv1.ReserveRequestsResponse, error) {
	commit, err := commitOf(req)
	if err != nil {
		return nil, err
	}
	if n := len(req.GetCycles()); n == 0 || n > pageSize {
		return nil, fault.Field("cycles", fault.FieldWrongCount, "must have 1 to 500 entries")
	}
	keys, seen := make([]aidrequest.Key, len(req.GetCycles())), map[aidrequest.Key]bool{}
	for i, c := range req.GetCycles() {
		field := fmt.Sprintf("cycles[%d]", i)
		k, err := cycleKey(field+".", c.GetAidRequest(), c.GetCycle())
		if err != nil {
			return nil, err
		}
		if seen[k] {
			return nil, fault.Field(field, fault.FieldGivenTwice, "is there twice")
		}
		keys[i], seen[k] = k, true
	}
	held, err := s.Households.Reserve(ctx, commit, keys)
	if err != nil {
		return nil, err
	}
	out := &familiesv1.ReserveRequestsResponse{}
	for _, h := range held {
		out.HeldBack = append(out.HeldBack, &familiesv1.HeldBack{
			AidRequest: resource.AidRequest.Of(h.FamilyID, h.RequestID), Cycle: int32(h.Cycle),
			Reason: enum.Value[familiesv1.HeldBackReason](h.Reason),
		})
	}
	return out, nil
}

// cycleKey reads a request's name and a cycle; in names what they are part of
// ("cycles[3].").
func cycleKey(in, name string, cycle int32) (aidrequest.Key, error) {
	familyID, id, err := resource.AidRequest.IDs(in+"aidRequest", name)
	if err != nil {
		return aidrequest.Key{}, err
	}
	if cycle < 1 || cycle > aidrequest.MaxCycles {
		return aidrequest.Key{}, fault.Field(in+"cycle", fault.FieldOutOfRange, "must be from 1 to 24")
	}
	return aidrequest.Key{FamilyID: familyID, RequestID: id, Cycle: int(cycle)}, nil
}

// commitOf reads which commit of which round a request is about.
func commitOf(req interface {
	GetRound() string
	GetCommit() int32
}) (aidrequest.Commit, error) {
	c := aidrequest.Commit{Round: req.GetRound(), Number: int(req.GetCommit())}
	if _, err := resource.AllocationRound.ID("round", c.Round); err != nil {
		return c, err
	}
	if c.Number < 1 {
		return c, fault.Field("commit", fault.FieldOutOfRange, "must be at least 1")
	}
	return c, nil
}

// UnreserveRequests gives a page of a round's cycles back.
func (s *Server) UnreserveRequests(ctx context.Context, req *familiesv1.UnreserveRequestsRequest) (*familiesv1.UnreserveRequestsResponse, error) {
	commit, err := commitOf(req)
	if err != nil {
		return nil, err
	}
	count, err := s.Households.Unreserve(ctx, commit, pageSize)
	if err != nil {
		return nil, err
	}
	return &familiesv1.UnreserveRequestsResponse{UnreservedCount: int32(count)}, nil
}

// ReportPaid notes what became of an awarded cycle.
func (s *Server) ReportPaid(ctx context.Context, req *familiesv1.ReportPaidRequest) (*familiesv1.ReportPaidResponse, error) {
	k, err := cycleKey("", req.GetAidRequest(), req.GetCycle())
	if err != nil {
		return nil, err
	}
	source, err := sourceOf(req)
	if err != nil {
		return nil, err
	}
	state, err := s.Households.Report(ctx, k, req.GetPaid(), source)
	if err != nil {
		return nil, err
	}
	return &familiesv1.ReportPaidResponse{State: enum.Value[familiesv1.AidRequestCycleState](state)}, nil
}

// sourceOf reads the name of what has awarded a cycle; empty where it is not given.
func sourceOf(req *familiesv1.ReportPaidRequest) (string, error) {
	switch source := req.GetSource().(type) {
	case *familiesv1.ReportPaidRequest_Round:
		_, err := resource.AllocationRound.ID("round", source.Round)
		return source.Round, err
	case *familiesv1.ReportPaidRequest_EmergencyGrant:
		_, err := resource.EmergencyGrant.ID("emergencyGrant", source.EmergencyGrant)
		return source.EmergencyGrant, err
	}
	return "", nil
}
