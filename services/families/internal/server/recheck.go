package server

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxRechecked bounds the attempts of one call.
const maxRechecked = 500

// CheckReleases says which of some released attempts must not leave any more.
func (s *Server) CheckReleases(ctx context.Context, req *familiesv1.CheckReleasesRequest) (*familiesv1.CheckReleasesResponse, error) {
	if n := len(req.GetAttempts()); n == 0 || n > maxRechecked {
		return nil, fault.Field("attempts", fault.FieldWrongCount, "must be 1 to 500")
	}
	resp := &familiesv1.CheckReleasesResponse{}
	for i, a := range req.GetAttempts() {
		if err := checkPayment(a.GetPayment()); err != nil {
			return nil, fault.Field(fmt.Sprintf("attempts[%d].payment", i), fault.FieldNotPossible, "must be a payment").With(err)
		}
		held, err := s.Households.Recheck(ctx, household.Released{Payment: a.GetPayment(), Attempt: a.GetAttempt()})
		if err != nil {
			return nil, err
		}
		if held != nil {
			resp.Held = append(resp.Held, &familiesv1.CheckReleasesResponse_Held{Payment: a.GetPayment(), Reason: string(held.Reason)})
		}
	}
	return resp, nil
}
