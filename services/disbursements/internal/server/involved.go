package server

import (
	"context"
	"fmt"
	"slices"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/destination"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// maxExcluded bounds the people whose families a plan leaves out.
const maxExcluded = 50

// peopleOf checks names of people, each of which may stand in a field once.
func peopleOf(field string, names []string) ([]string, error) {
	if len(names) > maxExcluded {
		return nil, fault.Field(field, fault.FieldWrongCount, "must be at most 50")
	}
	seen := map[string]bool{}
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", field, i)
		if _, err := resource.Staff.ID(at, name); err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fault.Field(at, fault.FieldGivenTwice, "stands there twice")
		}
		seen[name] = true
	}
	return names, nil
}

// ties are what binds the caller to the families that a plan pays.
func (s *Server) ties(ctx context.Context, p plan.Plan) (plan.Ties, error) {
	families, err := s.Store.PlanFamilies(ctx, p.ID)
	if err != nil {
		return plan.Ties{}, err
	}
	known, stoodIn, err := s.known(ctx, []string{person(ctx)}, families)
	return p.TiesOf(known, stoodIn), err
}

// known are those of some families in whose case one of some people had a hand, and those
// of them in which they only stood in for a verifier.
func (s *Server) known(ctx context.Context, people, families []string) (known, stoodIn []string, err error) {
	for some := range slices.Chunk(families, destination.AtOnce) {
		resp, err := s.Release.ListInvolvedFamilies(forOurselves(ctx), &familiesv1.ListInvolvedFamiliesRequest{People: people, Families: some})
		if err != nil {
			return nil, nil, fmt.Errorf("ask who is involved: %w", err)
		}
		known, stoodIn = append(known, resp.GetFamilies()...), append(stoodIn, resp.GetStoodIn()...)
	}
	return known, stoodIn, nil
}

// leftOut are those of some families that a plan leaves out, with the reason: its rail
// cannot pay them, or they are left to other people.
func (s *Server) leftOut(ctx context.Context, forms []payment.Accepted, families, excluded []string) (map[string]string, error) {
	reasons, err := s.unpayable(ctx, forms, families)
	if err != nil || len(excluded) == 0 {
		return reasons, err
	}
	known, _, err := s.known(ctx, excluded, families)
	for _, family := range known {
		if reasons[family] == "" {
			reasons[family] = string(fault.ReasonInvolvedPerson)
		}
	}
	return reasons, err
}
