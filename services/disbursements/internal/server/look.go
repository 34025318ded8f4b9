package server

import (
	"context"
	"fmt"
	"slices"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/destination"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// LookAtPaymentPlan notes that the caller has looked at a family of the plan.
func (s *Server) LookAtPaymentPlan(ctx context.Context, req *disbursementsv1.LookAtPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	id, err := planID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		if err := s.look(ctx, id, req.GetFamily()); err != nil {
			return nil, err
		}
	}
	return s.plan(ctx, id)
}

// TakeLookAtPaymentPlan lets the caller read the file of a family of the plan at which they
// may look.
func (s *Server) TakeLookAtPaymentPlan(ctx context.Context, req *disbursementsv1.TakeLookAtPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	id, err := planID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if _, _, err := s.lookFor(ctx, id, req.GetFamily()); err != nil {
		return nil, err
	}
	_, err = s.Release.ShowFamily(forOurselves(ctx), &familiesv1.ShowFamilyRequest{Family: req.GetFamily(), Person: person(ctx), Plan: req.GetName()})
	if err != nil {
		return nil, fmt.Errorf("have the family shown: %w", err)
	}
	return s.plan(ctx, id)
}

// lookFor returns a plan and the look at one of its families, which the caller may make.
func (s *Server) lookFor(ctx context.Context, planID, family string) (plan.Plan, plan.Look, error) {
	p, err := s.Store.Plan(ctx, planID)
	if err != nil {
		return p, plan.Look{}, err
	}
	if err := p.MayLook(); err != nil {
		return p, plan.Look{}, err
	}
	if _, err := resource.Family.ID("family", family); err != nil {
		return p, plan.Look{}, err
	}
	l, err := p.LookAt("family", family)
	if err != nil {
		return p, l, err
	}
	return p, l, s.mayLookAt(ctx, p, l)
}

// look ends that the caller may read the family's file, before it notes that they looked:
// else a call that breaks off between would leave it open.
func (s *Server) look(ctx context.Context, planID, family string) error {
	p, l, err := s.lookFor(ctx, planID, family)
	if err != nil {
		return err
	}
	_, err = s.Release.HideFamily(forOurselves(ctx), &familiesv1.HideFamilyRequest{
		Family: family, Person: person(ctx), Plan: resource.PaymentPlan.Of(planID),
	})
	if err != nil {
		return fmt.Errorf("have the family hidden: %w", err)
	}
	leaf, err := s.record(ctx, posting.PlanLooked(posting.PlanStep{Plan: planID, Person: personID(ctx), Version: p.Version, Digest: p.Digest}, l.Number))
	if err != nil {
		return err
	}
	return s.Store.Look(ctx, planID, p.Version, l, person(ctx), leaf.Sequence)
}

// mayLookAt checks that the caller never had a part in a family's case, or had so little
// that they may look where nobody else could.
func (s *Server) mayLookAt(ctx context.Context, p plan.Plan, l plan.Look) error {
	resp, err := s.Release.ListInvolvedFamilies(forOurselves(ctx), &familiesv1.ListInvolvedFamiliesRequest{
		People: []string{person(ctx)}, Families: []string{l.Family}, Ever: true,
	})
	if err != nil {
		return fmt.Errorf("ask who is involved: %w", err)
	}
	if len(resp.GetFamilies()) == 0 {
		return nil
	}
	return p.MayLookNear(l, len(resp.GetOutside()) > 0, s.Now())
}

// near are the families of a plan whose case everybody touched who is awake and may look.
func (s *Server) near(ctx context.Context, p plan.Plan) ([]string, error) {
	families, err := s.Store.PlanFamilies(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	lookers, err := s.awake(ctx, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_PROTECTION_OFFICER)
	if err != nil || len(lookers) == 0 {
		return nil, err
	}
	for _, looker := range lookers {
		var touched []string
		for some := range slices.Chunk(families, destination.AtOnce) {
			resp, err := s.Release.ListInvolvedFamilies(forOurselves(ctx), &familiesv1.ListInvolvedFamiliesRequest{
				People: []string{looker}, Families: some, Ever: true,
			})
			if err != nil {
				return nil, fmt.Errorf("ask who is involved: %w", err)
			}
			touched = append(touched, resp.GetFamilies()...)
		}
		families = touched
	}
	return families, nil
}

func lookProtos(looks []plan.Look) (list []*disbursementsv1.PaymentPlan_Look) {
	for _, l := range looks {
		reason := disbursementsv1.PaymentPlanLookReason_value["PAYMENT_PLAN_LOOK_REASON_"+string(l.Reason)]
		list = append(list, &disbursementsv1.PaymentPlan_Look{
			Family: l.Family, Reason: disbursementsv1.PaymentPlanLookReason(reason), LookedBy: l.By, StandIn: l.StandIn, NobodyUntouched: l.Near,
		})
	}
	return list
}
