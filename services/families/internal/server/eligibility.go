package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// CheckRule says whether a rule is for enough families.
func (s *Server) CheckRule(ctx context.Context, req *familiesv1.CheckRuleRequest) (*familiesv1.CheckRuleResponse, error) {
	if req.GetRule() == "" {
		return nil, fault.Field("rule", fault.FieldRequired, "is required")
	}
	rule, err := eligibility.Compile("rule", req.GetRule())
	if err != nil {
		return nil, err
	}
	if err := s.Households.CountRuleCheck(ctx); err != nil {
		return nil, err
	}
	families, err := s.Households.CountEligible(ctx, func(f aidrequest.Fundable) (bool, error) {
		return rule.Accepts(eligibility.Of(attributesProto(f)))
	})
	if err != nil {
		return nil, err
	}
	return &familiesv1.CheckRuleResponse{Enough: families >= eligibility.Fewest}, nil
}
