package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreatePaymentPlan makes a plan of a round's available awards.
func (s *Server) CreatePaymentPlan(ctx context.Context, req *disbursementsv1.CreatePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	m := req.GetPaymentPlan()
	roundID, err := roundID("allocationRound", m.GetAllocationRound())
	if err != nil {
		return nil, err
	}
	can, sender, err := s.route(ctx, m.GetRail(), m.GetSender())
	if err != nil {
		return nil, err
	}
	id, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if repeated {
		return s.plan(ctx, id)
	}
	people, err := peopleOf("excludeInvolving", m.GetExcludeInvolving())
	if err != nil {
		return nil, err
	}
	families, err := s.Store.AvailableFamilies(ctx, roundID)
	if err != nil {
		return nil, err
	}
	leftOut, err := s.leftOut(ctx, can.FormsOf(sender.ID), families, people)
	if err != nil {
		return nil, err
	}
	id, err = s.Store.CreatePlan(ctx, store.NewPlan{
		RoundID: roundID, Rail: can.ID, Sender: sender.ID, Person: person(ctx), Currencies: []string{sender.Currency}, LeftOut: leftOut,
	})
	if fault.OfKind(err, fault.NotFound) {
		return nil, fault.Field("allocationRound", fault.FieldNoSuchResource, "must be an existing allocation round").With(err)
	}
	if err != nil {
		return nil, err
	}
	return s.plan(ctx, id)
}

// route finds the rail and its sender. Which of a rail's need not be named where they are
// alike: then they take turns.
func (s *Server) route(ctx context.Context, railName, senderName string) (rail.Capabilities, rail.Sender, error) {
	r, err := s.Rails.Find(strings.TrimPrefix(railName, resource.Rail.Of("")))
	if err != nil {
		return rail.Capabilities{}, rail.Sender{}, fault.Field("rail", fault.FieldNoSuchResource, "must be one of the configured rails").With(err)
	}
	can := r.Capabilities()
	if senderName == "" && len(can.Senders) == 1 {
		return can, can.Senders[0], nil
	}
	if senderName == "" && can.Alike() {
		sender, err := s.rotated(ctx, can)
		return can, sender, err
	}
	i := slices.IndexFunc(can.Senders, func(sender rail.Sender) bool { return resource.Sender.Of(can.ID, sender.ID) == senderName })
	if i < 0 {
		return can, rail.Sender{}, fault.Field("sender", fault.FieldNoSuchResource, "must be one of the rail's senders")
	}
	return can, can.Senders[i], nil
}

// rotated is the running sender of a rail that has paid the fewest families of late.
func (s *Server) rotated(ctx context.Context, can rail.Capabilities) (rail.Sender, error) {
	reached, err := s.Store.Reached(ctx)
	if err != nil {
		return rail.Sender{}, err
	}
	stops, err := s.Store.Stops(ctx)
	if err != nil {
		return rail.Sender{}, err
	}
	return slices.MinFunc(can.Senders, func(a, b rail.Sender) int {
		stopped := func(x rail.Sender) int { return min(len(stops.Sender(can.ID, x.ID)), 1) }
		return cmp.Or(cmp.Compare(stopped(a), stopped(b)), cmp.Compare(reached[a.ID], reached[b.ID]))
	}), nil
}

// GetPaymentPlan reads one plan.
func (s *Server) GetPaymentPlan(ctx context.Context, req *disbursementsv1.GetPaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	id, err := planID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	if by := sight(ctx); by != plan.SeesAll && !p.InOpenView() && (by != plan.SeesLooks || p.MayLook() != nil) {
		return nil, fault.Missing("payment plan")
	}
	return s.read(ctx, p)
}

// sight is which plans the caller sees.
func sight(ctx context.Context) plan.Sight {
	c := identity.From(ctx)
	switch {
	case slices.ContainsFunc([]policyv1.Role{
		policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_PROTECTION_OFFICER, policyv1.Role_ROLE_AUDITOR,
	}, c.Has):
		return plan.SeesAll
	case c.Has(policyv1.Role_ROLE_VERIFIER):
		return plan.SeesLooks
	}
	return plan.SeesOpen
}

// ListPaymentPlans lists plans, newest first.
func (s *Server) ListPaymentPlans(ctx context.Context, req *disbursementsv1.ListPaymentPlansRequest) (*disbursementsv1.ListPaymentPlansResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]plan.Plan, error) {
		return s.Store.Plans(ctx, sight(ctx), s.acts.plans.Page(identity.From(ctx), p))
	}, func(r plan.Plan) []string { return page.At(r.Created, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.planProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.ListPaymentPlansResponse{PaymentPlans: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

func planID(field, name string) (string, error) { return resource.PaymentPlan.ID(field, name) }

func (s *Server) plan(ctx context.Context, id string) (*disbursementsv1.PaymentPlan, error) {
	p, err := s.Store.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.read(ctx, p)
}

// read answers a plan with all that its reader could do with it.
func (s *Server) read(ctx context.Context, p plan.Plan) (*disbursementsv1.PaymentPlan, error) {
	parts, err := s.Store.PartsIn(ctx, person(ctx), p)
	if err != nil {
		return nil, err
	}
	by := parts[p.ID]
	if slices.Contains(plan.In(plan.Release), p.State) {
		if by.Ties, err = s.ties(ctx, p); err != nil {
			// What was done is answered all the same: whoever signs is asked about anew.
			s.Log.WarnContext(ctx, "families do not say who is involved in a plan", "plan", p.ID, "error", err)
		}
	}
	return s.planProto(ctx, p, by), nil
}

// planProtos writes plans, each with what the caller could do with it by what stands
// here: who is involved in their families is told of one plan only.
func (s *Server) planProtos(ctx context.Context, list ...plan.Plan) ([]*disbursementsv1.PaymentPlan, error) {
	parts, err := s.Store.PartsIn(ctx, person(ctx), list...)
	if err != nil {
		return nil, err
	}
	protos := make([]*disbursementsv1.PaymentPlan, len(list))
	for i, p := range list {
		protos[i] = s.planProto(ctx, p, parts[p.ID])
	}
	return protos, nil
}

// planProto writes a plan with what the caller could do with it.
func (s *Server) planProto(ctx context.Context, p plan.Plan, by plan.By) *disbursementsv1.PaymentPlan {
	m := planProto(p)
	m.AllowedActions, m.BlockedActions = s.acts.plans.Of(identity.From(ctx), seenPlan{Plan: p, by: by, now: s.Now()})
	return m
}

func planProto(p plan.Plan) *disbursementsv1.PaymentPlan {
	m := &disbursementsv1.PaymentPlan{
		Name:            resource.PaymentPlan.Of(p.ID),
		State:           enum.Value[disbursementsv1.PaymentPlanState](p.State),
		AllocationRound: resource.AllocationRound.Of(p.RoundID), Rail: resource.Rail.Of(p.Rail), Sender: resource.Sender.Of(p.Rail, p.Sender),
		PaymentCount: int32(p.Payments), Total: moneyOf(p.Total, p.Currency), Digest: p.Digest,
		Persons: int32(p.Hands.Persons), WaitDays: int32(p.Hands.WaitDays), CreateTime: rpc.Moment(p.Created),
		Etag: revision.Etag(p.Revision()),
	}
	if p.InOpenView() {
		m.OpenUntil = rpc.Day(p.OpenUntil())
	}
	if slices.Contains(plan.Undecided(), p.State) {
		m.UnlockOn = rpc.Day(p.Unlocks)
	}
	m.Looks = lookProtos(p.Looks)
	for _, l := range p.LeftOut {
		m.LeftOut = append(m.LeftOut, &disbursementsv1.PaymentPlan_LeftOut{Family: l.Family, Reason: l.Reason})
	}
	for _, a := range p.Acts {
		m.Acts = append(m.Acts, &disbursementsv1.PaymentPlan_Act{
			Kind:   enum.Value[disbursementsv1.PaymentPlanActKind](a.Kind),
			Person: a.Person, Time: rpc.Moment(a.At), Digest: a.Digest, Void: a.Void, ExpireTime: optionalMoment(a.Expires), StandIn: a.StandIn,
		})
	}
	return m
}
