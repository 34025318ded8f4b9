package server_test

import (
	"context"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
)

// TestWhoSignsIsToldThatAFamilyIsPaidElsewhere changes an account between two steps of a
// plan: nothing that was decided counts, and the family is paid where it says now.
func TestWhoSignsIsToldThatAFamilyIsPaidElsewhere(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for before, done := range map[string][]string{
		"approve": nil, "authorize": {"approve"}, "release": {"approve", "authorize"},
	} {
		t.Run(before, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plan := b.planned(2)
			b.steps(plan, append([]string{"lock", "submit"}, done...)...)
			// Given that a family has another account since the plan was locked,
			b.families.iban["families/f_1"] = "DE89370400440532013000"
			by := map[string]person{"approve": b.approver("approver"), "authorize": b.treasurer("authorizer"), "release": b.treasurer("releaser")}[before]
			// when somebody takes the next step, then it is refused,
			_, err := step(ctx, by, before, plan)
			refused(t, before, err, "ACCOUNTS_CHANGED")
			// the plan is open again, by a leaf that says why,
			if got := b.plan(plan).GetState(); got != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_DRAFT || b.voidReason(plan) != "PLAN_VOID_REASON_ACCOUNT" {
				t.Errorf("the plan is %s, void for %s", got, b.voidReason(plan))
			}
			// and once it is decided anew, the family is paid there.
			b.steps(plan, "lock", "submit", "approve", "authorize", "release")
			if errs := b.submitAll(plan); len(errs) > 0 || len(b.families.released) != 2 {
				t.Errorf("submitted: %v, %d accounts opened", errs, len(b.families.released))
			}
		})
	}
}
