package server

import (
	"context"
	"fmt"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
)

// standIns are the families of a plan for whom too few of the money desk are awake and free
// to sign, and one is awake who stood in for a verifier.
func (s *Server) standIns(ctx context.Context, p plan.Plan) (names []string, err error) {
	families, err := s.Store.PlanFamilies(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	desk, err := s.awake(ctx, policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
	if err != nil {
		return nil, err
	}
	involved, stoodIn := map[string]int{}, map[string]int{}
	for _, colleague := range desk {
		known, only, err := s.known(ctx, []string{colleague}, families)
		if err != nil {
			return nil, err
		}
		for _, family := range known {
			involved[family]++
		}
		for _, family := range only {
			stoodIn[family]++
		}
	}
	for _, family := range families {
		if (plan.Desk{Awake: len(desk), Involved: involved[family], StoodIn: stoodIn[family]}).NeedsStandIn() {
			names = append(names, family)
		}
	}
	return names, nil
}

// awake are those who can act in one of some roles now.
func (s *Server) awake(ctx context.Context, roles ...policyv1.Role) (people []string, err error) {
	resp, err := s.People.ListAwake(forOurselves(ctx), &accessv1.ListAwakeRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask who is awake: %w", err)
	}
	for _, a := range resp.GetAwake() {
		if slices.ContainsFunc(roles, func(r policyv1.Role) bool { return slices.Contains(a.GetRoles(), r) }) {
			people = append(people, a.GetPerson())
		}
	}
	return people, nil
}
