package server_test

import (
	"fmt"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestAPlanIsDecidedOnceTheBooksHoldAllItsSteps(t *testing.T) {
	t.Parallel()
	f := setup(t)
	families := ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "families"}))
	content := make([]byte, 32)
	content[0] = 1
	check := func(plan string, commitment []byte) error {
		_, err := families.CheckPlanDecisions(t.Context(), &ledgerv1.CheckPlanDecisionsRequest{Plan: plan, Commitment: commitment})
		return err
	}
	for i, kind := range []ledgerv1.DecisionKind{
		ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED, ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED,
		ledgerv1.DecisionKind_DECISION_KIND_PLAN_AUTHORIZED, ledgerv1.DecisionKind_DECISION_KIND_PLAN_RELEASED,
	} {
		wantFault(t, check("paymentPlans/l_1", content), fault.Precondition, "DECISIONS_MISSING", "plan")
		_, err := f.in("disbursements", fmt.Sprint("staff/s_", i), asTreasurer, asApprover).Record(t.Context(), recordOf(&ledgerv1.DecisionDraft{
			Reference: fmt.Sprint("l_1/", i), Kind: kind, Resource: "paymentPlans/l_1", Commitment: content, Content: postingtest.Content(kind),
		}))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := check("paymentPlans/l_1", content); err != nil {
		t.Errorf("decided: %v", err)
	}
	wantFault(t, check("paymentPlans/l_1", make([]byte, 32)), fault.Precondition, "DECISIONS_MISSING", "plan")
	wantFault(t, check("paymentPlans/l_2", content), fault.Precondition, "DECISIONS_MISSING", "plan")
	wantFault(t, check("l_1", content), fault.Invalid, "INVALID_FIELD", "plan")
	wantFault(t, check("paymentPlans/l_1", nil), fault.Invalid, "INVALID_FIELD", "commitment")
	donations := ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "donations"}))
	_, err := donations.CheckPlanDecisions(t.Context(), &ledgerv1.CheckPlanDecisionsRequest{})
	if fault.As(err) == nil || fault.As(err).Kind != fault.PermissionDenied {
		t.Errorf("donations asks: %v", err)
	}
}
