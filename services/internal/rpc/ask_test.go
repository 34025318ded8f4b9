package rpc_test

import (
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// What an answer leaves out for an auditor, a filter must not tell.
func TestAFilterTellsNobodyWhatAnAnswerLeavesOut(t *testing.T) {
	t.Parallel()
	payments := (&disbursementsv1.ListPaymentsResponse{}).ProtoReflect().Descriptor()
	plans := (&disbursementsv1.ListPaymentPlansResponse{}).ProtoReflect().Descriptor()
	for text, open := range map[string]bool{
		`state = "FAILED"`: false, `NOT (create_time > timestamp("2026-11-01T00:00:00Z") OR state != FAILED)`: false,
		`"FAILED" = state`: false, `payment_plan = "x"`: true, ``: true, `((`: true,
	} {
		err := rpc.MayAsk(payments, []policyv1.Role{policyv1.Role_ROLE_AUDITOR}, text)
		if (err == nil) != open || err != nil && fault.As(err).Violations[0].Field != "filter" {
			t.Errorf("an auditor asks %s of payments: %v", text, err)
		}
		if err := rpc.MayAsk(payments, []policyv1.Role{policyv1.Role_ROLE_TREASURER}, text); err != nil {
			t.Errorf("a treasurer asks %s: %v", text, err)
		}
	}
	for text, open := range map[string]bool{
		`create_time > timestamp("2026-11-01T00:00:00Z")`: true, `create_time > "2026-11-01T00:00:00Z"`: true,
		`create_time > timestamp("2026-11-01T11:30:00Z")`: false, `create_time > "2026-11-01T00:00:00+05:00"`: false,
		`state = "DRAFT"`: true,
	} {
		if err := rpc.MayAsk(plans, []policyv1.Role{policyv1.Role_ROLE_AUDITOR}, text); (err == nil) != open {
			t.Errorf("an auditor asks %s of plans: %v", text, err)
		}
	}
}
