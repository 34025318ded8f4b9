package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/destination"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// prepareLock asks families where the plan's payments go, as digests, and gives each
// payment its leaf.
func (s *Server) prepareLock(ctx context.Context, planID string) (store.Prepared, error) {
	p, err := s.Store.Plan(ctx, planID)
	if err != nil {
		return store.Prepared{}, err
	}
	if err := s.withinReach(ctx, p); err != nil {
		return store.Prepared{}, err
	}
	var found store.Found
	if p.Prepared != p.Version {
		if found.Accounts, err = s.accounts(ctx, p); err != nil {
			return store.Prepared{}, err
		}
		if found.Concentrated, err = s.concentrated(ctx, p); err != nil {
			return store.Prepared{}, err
		}
		if found.StandIns, err = s.standIns(ctx, p); err != nil {
			return store.Prepared{}, err
		}
		if found.Near, err = s.near(ctx, p); err != nil {
			return store.Prepared{}, err
		}
	}
	return s.Store.PrepareLock(ctx, planID, person(ctx), found)
}

// withinReach refuses a plan with which its sender would pay too many families, and tells
// the operator of one who pays many.
func (s *Server) withinReach(ctx context.Context, p plan.Plan) error {
	reached, err := s.Store.Reached(ctx)
	if err != nil {
		return err
	}
	if s.reach.Exposed(reached[p.Sender]) {
		s.Log.WarnContext(ctx, "a sender pays many families: let another one pay", "rail", p.Rail, "sender", p.Sender, "families", reached[p.Sender])
	}
	return s.reach.Check(reached[p.Sender])
}

// accounts are the digests of where a plan's families are paid over its rail.
func (s *Server) accounts(ctx context.Context, p plan.Plan) (map[string][]byte, error) {
	families, err := s.Store.PlanFamilies(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.Rails.Find(p.Rail)
	if err != nil {
		return nil, err
	}
	forms := r.Capabilities().FormsOf(p.Sender)
	accounts := make(map[string][]byte, len(families))
	err = s.places(ctx, forms, families, func(family string, place *familiesv1.DigestDestinationsResponse_Place) {
		accounts[family] = place.GetDigest()
	})
	return accounts, err
}

// unpayable are those of some families that a sender cannot pay, with the reason.
func (s *Server) unpayable(ctx context.Context, forms []payment.Accepted, families []string) (map[string]string, error) {
	reasons := map[string]string{}
	err := s.places(ctx, forms, families, func(family string, place *familiesv1.DigestDestinationsResponse_Place) {
		if place.GetReason() != "" {
			reasons[family] = place.GetReason()
		}
	})
	return reasons, err
}

// places asks families where each of some can be paid in the forms that a sender has.
func (s *Server) places(ctx context.Context, forms []payment.Accepted, families []string, each func(family string, place *familiesv1.DigestDestinationsResponse_Place)) error {
	return destination.Places(forOurselves(ctx), s.Release, forms, families, each)
}

// unmoved refuses a step of a plan one of whose families is paid elsewhere since it was
// locked: nothing that was decided about it counts any more.
func (s *Server) unmoved(ctx context.Context, planID string) error {
	p, err := s.Store.Plan(ctx, planID)
	if err != nil {
		return err
	}
	held, err := s.Store.Accounts(ctx, p)
	if err != nil {
		return err
	}
	r, err := s.Rails.Find(p.Rail)
	if err != nil {
		return err
	}
	moved, err := destination.Moved(forOurselves(ctx), s.Release, r.Capabilities().FormsOf(p.Sender), held)
	if err != nil || !moved {
		return err
	}
	if _, err := s.Store.OpenMoved(ctx, p); err != nil {
		return err
	}
	s.recordVoids(ctx, planID)
	return fault.New(fault.Precondition, fault.ReasonAccountsChanged, "A family of the plan is paid elsewhere since it was locked: the plan is open again.")
}
