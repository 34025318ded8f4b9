package server

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	// maxCompared bounds the families that are compared with each other.
	maxCompared = 5_000
	// maxPaid bounds what one of them gets, so that sums fit.
	maxPaid = 10_000_000_000_000
)

// ListConcentratedFamilies names the families at which somebody should look before they
// are paid.
func (s *Server) ListConcentratedFamilies(ctx context.Context, req *familiesv1.ListConcentratedFamiliesRequest) (*familiesv1.ListConcentratedFamiliesResponse, error) {
	if !money.Known(req.GetCurrencyCode()) {
		return nil, fault.Field("currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
	}
	list, err := paidOf(req.GetFamilies())
	if err != nil {
		return nil, err
	}
	if err := s.Households.Ties(ctx, list); err != nil {
		return nil, err
	}
	resp := &familiesv1.ListConcentratedFamiliesResponse{}
	for _, id := range family.Concentrated(list, money.Whole(1, req.GetCurrencyCode())) {
		resp.Families = append(resp.Families, resource.Family.Of(id))
	}
	return resp, nil
}

func paidOf(in []*familiesv1.ListConcentratedFamiliesRequest_Paid) ([]family.Paid, error) {
	if n := len(in); n == 0 || n > maxCompared {
		return nil, fault.Field("families", fault.FieldWrongCount, "must be 1 to 5,000")
	}
	list, seen := make([]family.Paid, len(in)), map[string]bool{}
	for i, p := range in {
		at := fmt.Sprintf("families[%d]", i)
		id, err := resource.Family.ID(at+".family", p.GetFamily())
		switch {
		case err != nil:
			return nil, err
		case seen[id]:
			return nil, fault.Field(at+".family", fault.FieldGivenTwice, "stands there twice")
		case p.GetMinorUnits() <= 0:
			return nil, fault.Field(at+".minorUnits", fault.FieldNotPositive, "must be greater than zero")
		case p.GetMinorUnits() > maxPaid:
			return nil, fault.Field(at+".minorUnits", fault.FieldTooLarge, "is too large")
		}
		list[i], seen[id] = family.Paid{Family: id, Minor: p.GetMinorUnits(), OfPlan: p.GetOfPlan()}, true
	}
	return list, nil
}
