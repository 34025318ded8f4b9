package server

import (
	"context"
	"crypto/sha256"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/reason"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// act takes a plan one step on, or back, and answers it.
func (s *Server) act(ctx context.Context, kind plan.Kind, name string, digest []byte) (*disbursementsv1.PaymentPlan, error) {
	id, err := planID("name", name)
	if err != nil {
		return nil, err
	}
	a := store.Act{PlanID: id, Person: person(ctx), Kind: kind, Digest: digest}
	if kind == plan.Release {
		p, err := s.Store.Plan(ctx, id)
		if err != nil {
			return nil, err
		}
		r, sender, err := s.route(resource.Rail.Of(p.Rail), resource.Sender.Of(p.Rail, p.Sender))
		if err != nil {
			return nil, err
		}
		a.FileSize = r.FileSize(sender)
	}
	if err := s.Store.Do(ctx, a); err != nil {
		return nil, err
	}
	return s.plan(ctx, id)
}

// sign is an act on what the person looked at, which they have to say.
func (s *Server) sign(ctx context.Context, kind plan.Kind, name string, digest []byte) (*disbursementsv1.PaymentPlan, error) {
	if err := lookedAt("digest", digest); err != nil {
		return nil, err
	}
	return s.act(ctx, kind, name, digest)
}

// lookedAt checks that a call says what its person has looked at.
func lookedAt(field string, digest []byte) error {
	if len(digest) != sha256.Size {
		return fault.Field(field, reason.FieldWrongLength, "must be the digest that you looked at, 32 bytes")
	}
	return nil
}

// LockPaymentPlan freezes what is paid.
func (s *Server) LockPaymentPlan(ctx context.Context, req *disbursementsv1.LockPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	id, err := planID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if _, err := s.prepareLock(ctx, id); err != nil {
			return nil, err
		}
	}
	return s.act(ctx, plan.Lock, req.GetName(), nil)
}

// UnlockPaymentPlan opens a plan again.
func (s *Server) UnlockPaymentPlan(ctx context.Context, req *disbursementsv1.UnlockPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Unlock, req.GetName(), nil)
}

// SubmitPaymentPlan asks for approval.
func (s *Server) SubmitPaymentPlan(ctx context.Context, req *disbursementsv1.SubmitPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Submit, req.GetName(), nil)
}

// ApprovePaymentPlan approves the digest.
func (s *Server) ApprovePaymentPlan(ctx context.Context, req *disbursementsv1.ApprovePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.sign(ctx, plan.Approve, req.GetName(), req.GetDigest())
}

// AuthorizePaymentPlan authorises the digest.
func (s *Server) AuthorizePaymentPlan(ctx context.Context, req *disbursementsv1.AuthorizePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.sign(ctx, plan.Authorize, req.GetName(), req.GetDigest())
}

// ReleasePaymentPlan releases the payments.
func (s *Server) ReleasePaymentPlan(ctx context.Context, req *disbursementsv1.ReleasePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.sign(ctx, plan.Release, req.GetName(), req.GetDigest())
}

// RejectPaymentPlan turns a plan down.
func (s *Server) RejectPaymentPlan(ctx context.Context, req *disbursementsv1.RejectPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Reject, req.GetName(), nil)
}

// AbortPaymentPlan gives a plan up.
func (s *Server) AbortPaymentPlan(ctx context.Context, req *disbursementsv1.AbortPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Abort, req.GetName(), nil)
}

// ClosePaymentPlan puts a finished plan away.
func (s *Server) ClosePaymentPlan(ctx context.Context, req *disbursementsv1.ClosePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Close, req.GetName(), nil)
}
