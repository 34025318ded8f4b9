package server

import (
	"context"
	"fmt"
	"slices"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// UpdatePaymentPlan makes a plan in DRAFT anew. What it shall be is thought out before
// the plan is locked, and not written where somebody has acted on it meanwhile.
func (s *Server) UpdatePaymentPlan(ctx context.Context, req *disbursementsv1.UpdatePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	given := req.GetPaymentPlan()
	id, err := planID("paymentPlan.name", given.GetName())
	if err != nil {
		return nil, err
	}
	if _, repeated, err := s.Store.Repeated(ctx); err != nil || repeated {
		if err != nil {
			return nil, err
		}
		return s.plan(ctx, id)
	}
	now, err := s.Store.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := revision.Check(ctx, given.GetEtag(), now.Revision()); err != nil {
		return nil, err
	}
	then, err := revision.Merge(planProto(now), given, req.GetUpdateMask(), "rail", "sender", "left_out", "exclude_involving")
	if err != nil {
		return nil, err
	}
	if given.GetSender() == "" && then.GetRail() != planProto(now).GetRail() {
		then.Sender = "" // of the rail before
	}
	change, err := s.changed(ctx, now, then)
	if err != nil {
		return nil, err
	}
	if err := s.Store.ChangePlan(ctx, change); err != nil {
		return nil, err
	}
	return s.plan(ctx, id)
}

// changed checks what a plan shall be, and asks whom it leaves out then.
func (s *Server) changed(ctx context.Context, now plan.Plan, then *disbursementsv1.PaymentPlan) (c store.ChangedPlan, err error) {
	can, sender, err := s.route(ctx, then.GetRail(), then.GetSender())
	if err != nil {
		return c, err
	}
	people, err := peopleOf("excludeInvolving", then.GetExcludeInvolving())
	if err != nil {
		return c, err
	}
	if now.State != plan.Draft {
		return c, plan.NotDraft()
	}
	leftOut, err := s.leftOutOf(ctx, can.FormsOf(sender.ID), now, then.GetLeftOut(), people)
	return store.ChangedPlan{ID: now.ID, Revision: now.Revision(), NewPlan: store.NewPlan{
		RoundID: now.RoundID, Rail: can.ID, Sender: sender.ID, Person: person(ctx), Currencies: []string{sender.Currency}, LeftOut: leftOut,
	}}, err
}

// leftOutOf are the families that a changed plan leaves out: those that it names, and
// those that it has to. Who is named and was left to other people stays so.
func (s *Server) leftOutOf(ctx context.Context, forms []payment.Accepted, now plan.Plan, named []*disbursementsv1.PaymentPlan_LeftOut, excluded []string) (map[string]string, error) {
	families, err := s.Store.FamiliesFor(ctx, now.ID)
	if err != nil {
		return nil, err
	}
	before := map[string]plan.LeftOut{}
	for _, l := range now.LeftOut {
		before[l.Family] = l
	}
	reasons := map[string]string{}
	for i, l := range named {
		if was, known := before[l.GetFamily()]; known {
			if !was.ByRule() {
				reasons[l.GetFamily()] = was.Reason
			}
			continue
		}
		if !slices.Contains(families, l.GetFamily()) {
			return nil, fault.Field(fmt.Sprintf("leftOut[%d].family", i), fault.FieldNoSuchResource, "must be a family that the plan pays or could pay")
		}
		reasons[l.GetFamily()] = plan.TakenOut
	}
	byRule, err := s.leftOut(ctx, forms, families, excluded)
	for family, reason := range byRule {
		reasons[family] = reason
	}
	return reasons, err
}
