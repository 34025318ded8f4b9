package server

import (
	"context"
	"crypto/sha256"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// act takes a plan one step on, or back, and answers it. What has a leaf is first
// rehearsed, then recorded, then done: a leaf without effect is harmless, an effect
// without its leaf would not be.
func (s *Server) act(ctx context.Context, kind plan.Kind, name string, digest []byte) (*disbursementsv1.PaymentPlan, error) {
	id, err := planID("name", name)
	if err != nil {
		return nil, err
	}
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if err := s.do(ctx, store.Act{PlanID: id, Person: person(ctx), Kind: kind, Digest: digest}); err != nil {
			return nil, err
		}
	}
	return s.plan(ctx, id)
}

func (s *Server) do(ctx context.Context, a store.Act) error {
	switch a.Kind {
	case plan.Lock:
		if _, err := s.prepareLock(ctx, a.PlanID); err != nil {
			return err
		}
	case plan.Unlock, plan.Reject, plan.Object, plan.Abort:
		if err := s.Store.Do(ctx, a); err != nil {
			return err
		}
		s.recordVoids(ctx, a.PlanID)
		return nil
	case plan.Approve, plan.Authorize, plan.Release:
		if err := s.unmoved(ctx, a.PlanID); err != nil {
			return err
		}
	}
	var err error
	if a.Kind.Looks() {
		p, err := s.Store.Plan(ctx, a.PlanID)
		if err != nil {
			return err
		}
		if a.Ties, err = s.ties(ctx, p); err != nil {
			return err
		}
	}
	p, digest, err := s.Store.MayDo(ctx, a)
	if err != nil {
		return err
	}
	if d := decision(ctx, a.Kind, p, digest); d != nil {
		if a.Leaf, err = s.record(ctx, d); err != nil {
			return err
		}
	}
	if a.Kind == plan.Release {
		if a.FileSize, err = s.fileSize(ctx, p); err != nil {
			return err
		}
	}
	return s.Store.Do(ctx, a)
}

// fileSize is how many payments of a plan go into one file; 0 where it has none.
func (s *Server) fileSize(ctx context.Context, p plan.Plan) (int, error) {
	can, sender, err := s.route(ctx, resource.Rail.Of(p.Rail), resource.Sender.Of(p.Rail, p.Sender))
	return can.FileSize(sender), err
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
		return fault.Field(field, fault.FieldWrongLength, "must be the digest that you looked at, 32 bytes")
	}
	return nil
}

// LockPaymentPlan freezes what is paid.
func (s *Server) LockPaymentPlan(ctx context.Context, req *disbursementsv1.LockPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
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

// ObjectToPaymentPlan opens a plan again that stands in open view.
func (s *Server) ObjectToPaymentPlan(ctx context.Context, req *disbursementsv1.ObjectToPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Object, req.GetName(), nil)
}

// AbortPaymentPlan gives a plan up.
func (s *Server) AbortPaymentPlan(ctx context.Context, req *disbursementsv1.AbortPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Abort, req.GetName(), nil)
}

// ClosePaymentPlan puts a finished plan away.
func (s *Server) ClosePaymentPlan(ctx context.Context, req *disbursementsv1.ClosePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return s.act(ctx, plan.Close, req.GetName(), nil)
}
