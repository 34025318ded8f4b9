package server

import (
	"context"
	"fmt"
	"slices"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
)

// comparedAtOnce is how many families are compared with each other: as many as one call
// has room for. Where more are paid within the days, those of one part are not compared
// with those of others.
const comparedAtOnce = 5_000

// concentrated are the families of a plan at which somebody should look for what they
// get, alone or with others.
func (s *Server) concentrated(ctx context.Context, p plan.Plan) (names []string, err error) {
	paid, err := s.Store.PaidOfLate(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(paid, comparedAtOnce) {
		if !some[0].OfPlan { // those that the plan pays come first
			break
		}
		req := &familiesv1.ListConcentratedFamiliesRequest{CurrencyCode: p.Currency}
		for _, f := range some {
			req.Families = append(req.Families, &familiesv1.ListConcentratedFamiliesRequest_Paid{Family: f.Family, MinorUnits: f.Minor, OfPlan: f.OfPlan})
		}
		resp, err := s.Release.ListConcentratedFamilies(forOurselves(ctx), req)
		if err != nil {
			return nil, fmt.Errorf("ask what goes together: %w", err)
		}
		names = append(names, resp.GetFamilies()...)
	}
	return names, nil
}
