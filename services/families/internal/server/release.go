package server

import (
	"context"
	"strings"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// digestSize is the size of a SHA-256 in bytes.
const digestSize = 32

// ReleaseDestination hands a destination out for one attempt.
func (s *Server) ReleaseDestination(ctx context.Context, req *familiesv1.ReleaseDestinationRequest) (*familiesv1.ReleaseDestinationResponse, error) {
	r, err := newRelease(req)
	if err != nil {
		return nil, err
	}
	d, err := s.Households.ReleaseDestination(ctx, r, household.Checks{
		InPlan: s.inPlan,
		Decided: func(ctx context.Context) error {
			_, err := s.Decisions.CheckPlanDecisions(ctx, &ledgerv1.CheckPlanDecisionsRequest{Plan: r.Plan, Commitment: r.Digest})
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return &familiesv1.ReleaseDestinationResponse{Destination: releasedProto(d)}, nil
}

func newRelease(req *familiesv1.ReleaseDestinationRequest) (household.Release, error) {
	r := household.Release{
		Payment: req.GetPayment(), Plan: req.GetPlan(), Attempt: int(req.GetAttempt()),
		Rail: req.GetRail(), Digest: req.GetDigest(),
	}
	if err := checkPayment(r.Payment); err != nil {
		return r, err
	}
	if _, err := resource.PaymentPlan.ID("plan", r.Plan); err != nil {
		return r, err
	}
	var err error
	if r.FamilyID, err = resource.Family.ID("family", req.GetFamily()); err != nil {
		return r, err
	}
	switch {
	case r.Attempt < 1:
		return r, fault.Field("attempt", fault.FieldOutOfRange, "must be 1 or more")
	case r.Rail == "" || len(r.Rail) > 32:
		return r, fault.Field("rail", fault.FieldRequired, "is required")
	case len(r.Digest) != digestSize:
		return r, fault.Field("digest", fault.FieldWrongLength, "must have 32 bytes")
	}
	if r.Amount, err = rpc.Money("amount", req.GetAmount()); err != nil {
		return r, err
	}
	if r.Accepted, err = acceptedForms(req.GetForms()); err != nil {
		return r, err
	}
	return withLeaf(r, req)
}

// checkPayment checks the name of a payment, by itself or below its plan.
func checkPayment(name string) (err error) {
	if strings.Count(name, "/") == strings.Count(string(resource.PlanPayment), "/") {
		_, _, err = resource.PlanPayment.IDs("payment", name)
	} else {
		_, err = resource.Payment.ID("payment", name)
	}
	return err
}

// IssueCode makes the code of a payment.
func (s *Server) IssueCode(ctx context.Context, req *familiesv1.IssueCodeRequest) (*familiesv1.IssueCodeResponse, error) {
	if err := checkPayment(req.GetPayment()); err != nil {
		return nil, err
	}
	familyID, err := resource.Family.ID("family", req.GetFamily())
	if err != nil {
		return nil, err
	}
	issued, err := s.Households.IssueCode(ctx, req.GetPayment(), familyID, person(ctx))
	if err != nil {
		return nil, err
	}
	return &familiesv1.IssueCodeResponse{Handle: issued.Handle, Code: issued.Code, ReportedByOwner: issued.ByOwner, Contacts: channels(familyID, issued.Channels)}, nil
}

// JudgeCode says whether a code is accepted.
func (s *Server) JudgeCode(ctx context.Context, req *familiesv1.JudgeCodeRequest) (*familiesv1.JudgeCodeResponse, error) {
	if err := checkPayment(req.GetPayment()); err != nil {
		return nil, err
	}
	if err := confirmation.CheckCode("code", req.GetCode()); err != nil {
		return nil, err
	}
	accepted, err := s.Households.JudgeCode(ctx, req.GetPayment(), req.GetCode())
	if err != nil {
		return nil, err
	}
	return &familiesv1.JudgeCodeResponse{Accepted: accepted}, nil
}
