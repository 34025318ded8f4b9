package server

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// maxPeople bounds the people of one question.
const maxPeople = 50

// ListInvolvedFamilies says in which of some cases people had a hand.
func (s *Server) ListInvolvedFamilies(ctx context.Context, req *familiesv1.ListInvolvedFamiliesRequest) (*familiesv1.ListInvolvedFamiliesResponse, error) {
	if n := len(req.GetPeople()); n == 0 || n > maxPeople {
		return nil, fault.Field("people", fault.FieldWrongCount, "must be 1 to 50")
	}
	for i, name := range req.GetPeople() {
		if _, err := resource.Staff.ID(fmt.Sprintf("people[%d]", i), name); err != nil {
			return nil, err
		}
	}
	if n := len(req.GetFamilies()); n == 0 || n > maxDigested {
		return nil, fault.Field("families", fault.FieldWrongCount, "must be 1 to 500")
	}
	ids := make([]string, len(req.GetFamilies()))
	for i, name := range req.GetFamilies() {
		var err error
		if ids[i], err = resource.Family.ID(fmt.Sprintf("families[%d]", i), name); err != nil {
			return nil, err
		}
	}
	involved, err := s.Households.Involved(ctx, req.GetPeople(), ids, req.GetEver())
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListInvolvedFamiliesResponse{}
	for _, i := range involved {
		name := resource.Family.Of(i.FamilyID)
		resp.Families = append(resp.Families, name)
		if i.StoodIn {
			resp.StoodIn = append(resp.StoodIn, name)
		}
		if i.Outside {
			resp.Outside = append(resp.Outside, name)
		}
	}
	return resp, nil
}
